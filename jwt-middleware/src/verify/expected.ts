/** The app's settings to compare with a token. */
export interface Expected {
  /** Name of the access token's cookie. */
  readonly cookie: string
  readonly issuer: string
  /** The host of `OWN_URL`. */
  readonly host: string
  /** The source of the keys: the internal URL of the auth service. */
  readonly keysFrom: string
  /** In ms. */
  readonly now: () => number
}
