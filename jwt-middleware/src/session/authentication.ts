import type { User } from '../users/user.ts'

/** The user of a request, and what the response must add. */
export interface Authentication {
  readonly user: User
  /** `Set-Cookie` values to pass on with any response. */
  readonly setCookies: readonly string[]
  /**
   * Set when the request must not reach the app: an unsafe request from another origin's page, or an API token that is
   * not valid or cannot be checked.
   */
  readonly refusal: Response | null
}
