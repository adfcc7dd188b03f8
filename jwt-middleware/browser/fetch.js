/*
 * fetch() for pages of apps with REFRESH_COOKIE=auth, where apps can't renew: when the app answers 401, this renews the
 * session at the auth service and repeats the request, once. The build strips comments and indentation, and a test
 * keeps what is left under 1,024 bytes.
 */

// Kept, so that a page may put ours in its place.
const send = globalThis.fetch
// Names the lock of this origin's tabs, and what they tell each other.
const name = 'latchkey'

export async function fetch(input, init) {
  const request = new Request(input, init)
  // A body can be sent once.
  const again = request.clone()
  const sent = Date.now()
  const response = await send(request)
  // 'basic' means that it came from our own origin: nobody else is to say where people sign in.
  if (response.status !== 401 || response.type !== 'basic') return response
  const problem = await response
    .clone()
    .json()
    .catch(() => null)
  if (!problem?.login_url) return response
  const login = new URL(problem.login_url)

  const renew = async () => {
    // Another request, or another tab, was first: the browser has new cookies already. Not at a time to come: then the
    // clock was set back, and would keep us from renewing until it is there again.
    const renewed = localStorage[name]
    if (renewed > sent && renewed <= Date.now()) return 200
    const { status } = await send(`${login.origin}/refresh`, { method: 'POST', credentials: 'include' })
    if (status === 200) localStorage[name] = Date.now()
    return status
  }
  // Over plain http there are no locks; renewing twice does no harm for half a minute.
  const status = await (navigator.locks?.request(name, renew) ?? renew()).catch(() => 0)
  if (status === 200) return send(again)
  if (status === 401) {
    // URLs keep a backslash in their query, which the auth service does not take.
    login.searchParams.set('next', location.href.replaceAll('\\', '%5C'))
    // The page may call preventDefault(), save what was typed, and go there itself.
    const detail = login.href
    if (dispatchEvent(new CustomEvent(`${name}:login`, { cancelable: true, detail }))) location.assign(detail)
  }
  return response
}
