import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'

/** An asset. */
export interface Asset {
  readonly name: string
  readonly type: string
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly hash: string
}

/** Adds a file under the hash of its content. */
export const asset = (name: string, type: string, body: Asset['body']): Asset => ({
  name,
  type,
  body,
  hash: createHash('sha256').update(body).digest('base64url').slice(0, 12),
})

/** The URL of a file, which changes with the content. */
export const addressOf = ({ name, hash }: Asset): string => `/assets/${name}?v=${hash}`

// The same location seen from src/http and from dist/http.
const DIRECTORY = new URL('../../../assets/', import.meta.url)

const load = (name: string, type: string): Asset =>
  asset(name, type, readFileSync(new URL(name, DIRECTORY), 'utf8'))

const OWN = {
  'theme.css': load('theme.css', 'text/css; charset=utf-8'),
  'icon.svg': load('icon.svg', 'image/svg+xml'),
  'local-time.js': load('local-time.js', 'text/javascript; charset=utf-8'),
  'fragment.js': load('fragment.js', 'text/javascript; charset=utf-8'),
  'password-strength.js': load('password-strength.js', 'text/javascript; charset=utf-8'),
  'metadata-file.js': load('metadata-file.js', 'text/javascript; charset=utf-8'),
  'submit-form.js': load('submit-form.js', 'text/javascript; charset=utf-8'),
}

/** The URL of one of our own files. */
export const assetUrl = (name: keyof typeof OWN): string => addressOf(OWN[name])

/** Serves our own files and those of the brand. Only URLs with the hash of the content are cached for a year. */
export function assetFiles(ofBrand: readonly Asset[] = []): Hono {
  const assets = new Map([...Object.values(OWN), ...ofBrand].map((file) => [file.name, file]))
  return new Hono().get('/assets/:name', (c) => {
    const file = assets.get(c.req.param('name'))
    // Plain text, since a page would set a cookie.
    if (!file) return c.text('Not found', 404)
    const current = c.req.query('v') === file.hash
    return c.body(file.body, 200, {
      'Content-Type': file.type,
      'Cache-Control': current ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  })
}
