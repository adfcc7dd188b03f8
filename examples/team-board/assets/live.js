// Keeps an open board up to date, and says when its user is signed out.

function connect() {
  const source = new EventSource('/live')
  source.addEventListener('changed', refresh)
  source.addEventListener('error', async () => {
    // While it is connecting, the browser tries again by itself. It gives up if it is refused.
    if (source.readyState !== EventSource.CLOSED) return
    const answer = await fetch('/live/session').catch(() => null)
    if (answer?.status === 401) document.getElementById('signed-out').hidden = false
    else setTimeout(connect, 3000 + 2000 * Math.random())
  })
}

/** Replaces the lists by those of now, unless somebody is about to use them. */
async function refresh() {
  const response = await fetch('/').catch(() => null)
  if (!response?.ok) return
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  for (const name of ['.board', '.team']) {
    const [old, current] = [document.querySelector(name), page.querySelector(name)]
    if (old && current && !old.contains(document.activeElement)) old.replaceWith(current)
  }
}

connect()
