/**
 * `fetch` for pages of apps with `REFRESH_COOKIE=auth`. On a 401 of the app with `login_url` it renews the session at
 * the auth service, once for all tabs, and repeats the request once. If the session has ended, the page goes to the
 * login page and comes back, unless a listener of the window's event `latchkey:login` (its `detail` is the URL) calls
 * `preventDefault()`. In all other cases it returns the 401 unchanged.
 */
export declare const fetch: typeof globalThis.fetch
