import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'

export interface Assets {
  /** Serves the files. Mount it before auth(), since they are public. */
  readonly files: Hono
  /** URLs that change with the content. */
  readonly icon: string
  readonly style: string
  /** Empty if the app has none. */
  readonly script: string
}

const YEAR = 'public, max-age=31536000, immutable'
const HOUSE = new URL('../assets/', import.meta.url)

/** The app's `icon.svg`, its `style.css` after the family's, and its script. */
export function createAssets(folder: URL, script?: string): Assets {
  const files = new Hono()

  function serve(name: string, type: string, sources: readonly URL[]): string {
    const body = sources.map((source) => readFileSync(source, 'utf8')).join('\n')
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12)
    files.get(`/assets/${name}`, (c) => {
      const cache = c.req.query('v') === hash ? YEAR : 'no-cache'
      return c.body(body, 200, { 'content-type': type, 'cache-control': cache })
    })
    return `/assets/${name}?v=${hash}`
  }

  const theme = new URL(import.meta.resolve('@latchkey/auth-service/theme.css'))
  const styles = [theme, new URL('house.css', HOUSE), new URL('style.css', folder)]
  return {
    files,
    icon: serve('icon.svg', 'image/svg+xml', [new URL('icon.svg', folder)]),
    style: serve('style.css', 'text/css; charset=utf-8', styles),
    script: script ? serve(script, 'text/javascript; charset=utf-8', [new URL(script, folder)]) : '',
  }
}
