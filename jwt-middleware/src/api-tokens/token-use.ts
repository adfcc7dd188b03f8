/** From where a program sent its token, for the token's last use. */
export interface TokenUse {
  /** The other end of the connection. */
  readonly remoteAddress: string | undefined
  readonly forwardedFor: string | undefined
}
