// What the lines of the log say in words, beside their events, causes and settings.
export const FEED_IS_STALE: string =
  'refused all access tokens: the revocation feed is stale, and whenFeedIsStale is "refuse"'
export const CONFLICTING_REFRESH: string =
  'refused an access token and a refresh token of different users: a sibling host may have set a cookie'
export const CONFLICTING_ACCESS: string =
  'refused access tokens of several users in one request: a sibling host may have set a cookie of this name'
export const TOO_MANY_COOKIES: string =
  'refused all access tokens of a request: it had too many cookies of this name'
export const GRANT_IGNORED: string =
  'ignored a grant of a permission that is not defined: add it to definePermissions(), or drop the grant'
export const GRANTS_FAILED: string =
  'could not ask the app what a user has been granted: guarded pages answer 503'
export const INTROSPECTION_FAILED: string = 'could not ask the auth service whether a token is active'
export const NOT_LINKED: string =
  'refused a signed-in user without a linked row: see the warning LATCHKEY_LINK above, and its remedy'
export const NOT_REGISTERED: string =
  'refused a signed-in user who is not registered here: provisioning is "existing"; call register(uuid) to let them in'
export const DISABLED_HERE: string =
  'refused a signed-in user who is disabled here: call setActive(uuid, true) to let them in'
export const STORE_FAILED: string = 'could not read or write the local user: check the database of this app'
export const CLOCK_AHEAD: string = 'refused a fresh access token: the local clock is ahead'
export const RENEWAL_FAILED: string = 'could not renew a session at the auth service'
export const SIGN_OUT_FAILED: string =
  'could not end a session at the auth service: the user is still signed in'
export const UNREADABLE_PAGE: string =
  'a page of another origin asked to read responses: if that page is yours, add its origin to the option cors'
export const OTHER_SCHEME: string =
  'refused a request from a page of this host: its scheme or port is not that of OWN_URL'
export const OTHER_ORIGIN: string =
  'refused a request from a page of another origin: if that page is yours, add its origin to trustedOrigins'
export const WITHOUT_PERMISSION: string =
  'a guard refused a signed-in user without a permission: these groups have it'
export const NOT_ALLOWED: string = 'a guard refused a signed-in user'
export const IN_NO_GROUP: string = 'a guard refused a signed-in user who is in none of its groups'
export const POLL_FAILED: string = 'could not poll the revocation feed; trying again'
export const DELETION_FAILED: string = 'onUserDeleted failed for a deleted user; retrying'
export const KEYS_NOT_SAVED: string = 'could not save the public keys for the next start'
export const KEYS_NOT_READ: string = 'could not read the saved public keys'
export const KEYS_UNAVAILABLE: string = 'could not fetch the public keys; the last good ones stay in use'
export const NO_API_TOKENS: string = 'refused an API token: the option apiTokens is missing'
