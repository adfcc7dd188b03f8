import { createHash } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { createLimitedLog } from '@latchkey/jwt-middleware/contract'
import { html, raw } from 'hono/html'
import type { Config } from '../platform/config/config.ts'
import type { Language } from '../platform/i18n/language.ts'
import { LANGUAGES } from '../platform/i18n/languages.ts'
import { message } from '../platform/i18n/message.ts'
import type { Service } from '../service.ts'

/**
 * Longest head of a request, in bytes: four times Node's default. Sites under the cookie domain may have set many
 * cookies, and users must still be able to sign in and out.
 */
export const MAX_HEADER = 64 * 1024

/** How long the client may take to read the response, in ms. */
const PATIENCE = 2_000

const STATUS: Readonly<Record<string, string>> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/**
 * Answers what Node can't parse as a request, and never passes on. Users with too many cookies get a page (431) that
 * explains what to do; everything else gets Node's own response.
 */
export function answerUnreadable(
  server: Server,
  { config, log, now }: Pick<Service, 'config' | 'log' | 'now'>,
) {
  const page = tooManyCookies(config)
  const answering = new WeakSet<Duplex>()
  const warn = createLimitedLog(log, now)

  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answering.add(socket)
    response.once('close', () => answering.delete(socket))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A response in progress must not be followed by another.
    if (error.code === 'ECONNRESET' || !socket.writable || answering.has(socket)) return socket.destroy(error)
    if (error.code !== 'HPE_HEADER_OVERFLOW') {
      return end(socket, head(STATUS[error.code ?? ''] ?? '400 Bad Request'))
    }
    warn(
      { event: 'headers_too_large' },
      `A request was refused: its cookies and other headers exceed ${MAX_HEADER / 1024} KiB. Which app under ` +
        'COOKIE_DOMAIN sets that many cookies?',
    )
    end(socket, page)
  })
}

/** Closes only after the rest has been read, or the response would be lost with it. */
function end(socket: Duplex, answer: string): void {
  socket.on('error', () => {})
  socket.end(answer)
  socket.resume()
  setTimeout(() => socket.destroy(), PATIENCE).unref()
}

const head = (status: string, headers: Readonly<Record<string, string>> = {}): string =>
  [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n')

const TITLE = message('Too many cookies')
const CAUSE = message(
  'Your browser sent more cookies than we can read. Sites under {domain} set them. Or the address is far too long.',
)
const REMEDY = message(
  'Delete the cookies of {domain}, then open this page again. You will have to sign in again, here and in all apps.',
)
const BUTTON = message('Delete cookies and try again')
const BY_HAND = message(
  'If you still see this page, delete the cookies yourself: open the privacy settings of your browser and remove the cookies or site data of {domain}.',
)

/** Deletes the cookies that a script can see, for each possible domain and path. */
const SCRIPT = `
document.documentElement.classList.add('scripted')
addEventListener('click', ({ target }) => {
  if (!target.matches('button')) return
  const labels = location.hostname.split('.')
  const domains = ['', ...labels.map((_, at) => '; Domain=' + labels.slice(at).join('.'))]
  const steps = location.pathname.split('/')
  const paths = ['/', ...steps.map((_, at) => steps.slice(0, at + 1).join('/')).filter(Boolean)]
  for (const cookie of document.cookie.split('; ')) {
    const name = cookie.slice(0, Math.max(0, cookie.indexOf('=')))
    for (const domain of domains) {
      for (const path of paths) document.cookie = name + '=; Max-Age=0; Path=' + path + domain
    }
  }
  // Browsers may delete them after this returns: a request right away could still have them.
  setTimeout(() => location.reload(), 500)
})
`
const STYLE = `
:root { color-scheme: light dark }
body { margin: 3rem auto; max-width: 36rem; padding: 0 1rem; font: 1.05rem/1.5 system-ui, sans-serif }
h1, h2 { font-size: 1.6rem }
section + section { margin-top: 3rem }
button { font: inherit; min-height: 2.75rem; padding: 0 1rem }
html:not(.scripted) button { display: none }
`

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The whole response. The language is unknown, since the request could not be parsed: so it is in all of them. */
function tooManyCookies({ cookieDomain: domain }: Pick<Config, 'cookieDomain'>): string {
  const section = ({ code, say }: Language, at: number) => html`
    <section lang="${code}">
      ${at === 0 ? html`<h1>${say(TITLE)}</h1>` : html`<h2>${say(TITLE)}</h2>`}
      <p>${say(CAUSE, { domain })}</p>
      <p>${say(REMEDY, { domain })}</p>
      <p><button type="button">${say(BUTTON)}</button></p>
      <p>${say(BY_HAND, { domain })}</p>
    </section>`
  const body = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${LANGUAGES[0]?.say(TITLE)}</title>
    <style>${raw(STYLE)}</style>
  </head>
  <body>
    <main>${LANGUAGES.map(section)}</main>
    <script>${raw(SCRIPT)}</script>
  </body>
</html>
`.toString()
  const answer = head('431 Request Header Fields Too Large', {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Security-Policy': `default-src 'none'; script-src ${hashOf(SCRIPT)}; style-src ${hashOf(STYLE)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  return answer + body
}
