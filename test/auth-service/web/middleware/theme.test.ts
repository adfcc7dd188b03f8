import { describe, expect, it } from 'vitest'
import type { Brand } from '../../../../auth-service/src/platform/config/brand-config.ts'
import { assetFiles, assetUrl } from '../../../../auth-service/src/web/middleware/assets.ts'
import { DEFAULT_THEME, themeOf } from '../../../../auth-service/src/web/middleware/theme.ts'
import { PNG, SVG, WEBP } from '../../support/logos.ts'

const PLAIN: Brand = { name: 'Latchkey', logo: undefined, css: undefined, links: [] }
const picture = (content: string | Buffer) => new Uint8Array(Buffer.from(content))

describe('The theme', () => {
  it("is Latchkey's own by default", () => {
    expect(themeOf(PLAIN)).toEqual({ look: DEFAULT_THEME, files: [] })
  })

  it.each([
    ['svg', 'image/svg+xml', picture(SVG)],
    ['png', 'image/png', picture(PNG)],
    ['webp', 'image/webp', picture(WEBP)],
  ] as const)('has a logo.%s that is also the icon, cached for a year', async (extension, type, body) => {
    const { look, files } = themeOf({ ...PLAIN, logo: { type, body } })
    expect(look.logo).toMatch(new RegExp(`^/assets/logo\\.${extension}\\?v=[\\w-]{12}$`))
    expect(look.icon).toEqual({ href: look.logo, type })

    const response = await assetFiles(files).request(look.logo ?? '')
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body)
  })

  it("loads the operator's style sheet after ours, under a URL with its hash", async () => {
    const css = ':root { --accent: #7a1f5c; }'
    const { look, files } = themeOf({ ...PLAIN, css })
    const [ours, theirs = '', ...more] = look.styles
    expect([ours, more]).toEqual([assetUrl('theme.css'), []])
    expect(themeOf({ ...PLAIN, css: `${css}\n` }).look.styles[1]).not.toBe(theirs)

    const response = await assetFiles(files).request(theirs)
    expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect(await response.text()).toBe(css)
  })

  it("has no files of another service's theme", async () => {
    for (const name of ['brand.css', 'logo.svg', 'logo.png']) {
      expect((await assetFiles().request(`/assets/${name}`)).status).toBe(404)
    }
  })
})
