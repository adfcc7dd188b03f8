// Shows moments in the reader's own time zone. The server does not know it, and writes them in UTC, which stays as the
// title. How long ago something was is left as it is.
const { lang } = document.documentElement
const options = {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
}
// The language of the page, as it is written where the reader lives.
const locale = navigator.languages.find((one) => one.split('-', 1)[0] === lang) ?? lang
const format = new Intl.DateTimeFormat(locale, options)

for (const time of document.querySelectorAll('time[datetime]')) {
  const utc = time.textContent.trim()
  if (!utc.endsWith(' UTC')) continue
  time.textContent = format.format(new Date(time.dateTime))
  time.title = utc
}
