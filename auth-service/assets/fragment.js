// Keeps the fragment of the page that somebody came from. Browsers carry it through redirects and send it to no server, so
// that a form or a link would lose it here. It only ever becomes a part of addresses that lead to what `next` says.
const hash = location.hash.replaceAll('\\', '%5C')
const LONGEST = 8000

const withHash = (next) =>
  URL.canParse(next) && !next.includes('#') && next.length + hash.length <= LONGEST ? next + hash : next

if (hash !== '') {
  for (const input of document.querySelectorAll('input[type=hidden][name=next]')) {
    input.value = withHash(input.value)
  }
  for (const form of document.querySelectorAll('form[action]')) {
    form.setAttribute('action', form.getAttribute('action') + hash)
  }
  for (const link of document.querySelectorAll('a[href*="next="]')) {
    const url = new URL(link.href)
    const next = url.searchParams.get('next')
    if (url.origin !== location.origin || next === null) continue
    url.searchParams.set('next', withHash(next))
    link.href = url.href
  }
}
