import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'

interface Asset {
  readonly body: string
  readonly type: string
  readonly hash: string
}

// The same place seen from src/http and from dist/http.
const DIRECTORY = new URL('../../assets/', import.meta.url)

const assets = new Map([
  ['theme.css', load('theme.css', 'text/css; charset=utf-8')],
  ['icon.svg', load('icon.svg', 'image/svg+xml')],
  ['password-strength.js', load('password-strength.js', 'text/javascript; charset=utf-8')],
])

function load(name: string, type: string): Asset {
  const body = readFileSync(new URL(name, DIRECTORY), 'utf8')
  return { body, type, hash: createHash('sha256').update(body).digest('base64url').slice(0, 12) }
}

/** Where a page finds a file; the address changes with the content. */
export const assetUrl = (name: 'theme.css' | 'icon.svg' | 'password-strength.js'): string =>
  `/assets/${name}?v=${(assets.get(name) as Asset).hash}`

/** Serves the files of the pages. Caches keep them for a year under the address of their content only. */
export const assetFiles = (): Hono =>
  new Hono().get('/assets/:name', (c) => {
    const asset = assets.get(c.req.param('name'))
    if (!asset) return c.notFound()
    const current = c.req.query('v') === asset.hash
    return c.body(asset.body, 200, {
      'Content-Type': asset.type,
      'Cache-Control': current ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  })
