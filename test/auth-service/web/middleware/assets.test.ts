import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { assetFiles, assetUrl } from '../../../../auth-service/src/web/middleware/assets.ts'

const app = assetFiles()

describe('The assets', () => {
  it.each([
    ['theme.css', 'text/css; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
    ['password-strength.js', 'text/javascript; charset=utf-8'],
    ['local-time.js', 'text/javascript; charset=utf-8'],
    ['metadata-file.js', 'text/javascript; charset=utf-8'],
  ] as const)('include %s, cached for a year under a URL with its hash', async (name, type) => {
    const response = await app.request(assetUrl(name))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await response.text()).length).toBeGreaterThan(100)
  })

  it('have scripts of less than 2 KB', async () => {
    for (const name of ['password-strength.js', 'local-time.js'] as const) {
      const script = await app.request(assetUrl(name))
      expect((await script.arrayBuffer()).byteLength, name).toBeLessThan(2048)
    }
  })

  it('are revalidated under any other URL, as during the rollout of a new version', async () => {
    for (const address of ['/assets/theme.css', '/assets/theme.css?v=older']) {
      const response = await app.request(address)
      expect(response.headers.get('cache-control')).toBe('no-cache')
      expect(response.status).toBe(200)
    }
  })

  it.each([
    '/assets/',
    '/assets/other.css',
    '/assets/..%2Fpackage.json',
    '/assets/__proto__',
    '/assets/a/theme.css',
  ])('do not include %s', async (address) => {
    expect((await app.request(address)).status).toBe(404)
  })

  it('are available to apps with the same design', () => {
    const file = fileURLToPath(import.meta.resolve('@latchkey/auth-service/theme.css'))
    expect(file).toMatch(/auth-service\/assets\/theme\.css$/)
  })
})
