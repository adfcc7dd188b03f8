// Shows moments in the visitor's own time zone, with UTC as the title. How long ago something was is left as it is. A
// cookie tells the service the zone: pages then come in it without this script, and mails name it, too.
const { lang } = document.documentElement
const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
const options = {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'short',
}
// The language of the page, as it is written where the reader lives.
const locale = navigator.languages.find((one) => one.split('-', 1)[0] === lang) ?? lang
const local = new Intl.DateTimeFormat(locale, options)
const utc = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' })

for (const time of document.querySelectorAll('time[datetime]:not([data-ago])')) {
  const at = new Date(time.dateTime)
  time.textContent = local.format(at)
  time.title = utc.format(at)
}

// As accept-language.ts reads it.
const isHttps = location.protocol === 'https:'
const name = isHttps ? '__Host-time-zone' : 'time-zone'
const cookies = document.cookie.split('; ')
const isKnown = cookies.includes(`${name}=${timeZone}`)
// Without a cookie it is UTC anyway.
const isNeeded = timeZone !== 'UTC' || cookies.some((cookie) => cookie.startsWith(`${name}=`))
if (timeZone && !isKnown && isNeeded) {
  const attributes = `Path=/; Max-Age=${400 * 86400}; SameSite=Lax${isHttps ? '; Secure' : ''}`
  // biome-ignore lint/suspicious/noDocumentCookie: there is no Cookie Store without https, nor in every browser.
  document.cookie = `${name}=${timeZone}; ${attributes}`
}
