/**
 * `fetch` for pages of apps with `REFRESH_COOKIE=auth`. On a 401 of the app with `login_url` it renews the session
 * at the auth service, once for all tabs, and repeats the request once. Where the session is over, the page goes to
 * the login page and comes back, unless a listener of the window's event `latchkey:login` (its `detail` is the
 * address) calls `preventDefault()`. Whatever else happens, the 401 is handed back as it came.
 */
export declare const fetch: typeof globalThis.fetch
