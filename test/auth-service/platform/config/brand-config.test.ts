import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  readBrandCss,
  readBrandName,
  readFooterLinks,
  readLogo,
} from '../../../../auth-service/src/platform/config/brand-config.ts'
import { PNG, SVG, WEBP } from '../../support/logos.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-brand-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
/** The path of a file with that content. */
function file(content: string | Uint8Array): string {
  const path = join(folder, `file-${++count}`)
  writeFileSync(path, content)
  return path
}

describe('BRAND_NAME', () => {
  it.each([
    [undefined, 'Latchkey'],
    ['', 'Latchkey'],
    ['  ', 'Latchkey'],
    ['Example & Söhne', 'Example & Söhne'],
    [' 例子 ', '例子'],
    ['👩‍🚀 Space', '👩‍🚀 Space'],
    ['x'.repeat(40), 'x'.repeat(40)],
  ])('%j becomes the name %s', (value, name) => {
    expect(readBrandName(value)).toEqual({ ok: true, value: name })
  })

  it.each(['x'.repeat(41), 'two\nlines', 'Ex<b>ample', 'a"b', 'half \uD83D'])('%j is rejected', (value) => {
    expect(readBrandName(value)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^BRAND_NAME .* Use 1 to 40/s),
    })
  })
})

describe('BRAND_LOGO', () => {
  it('is optional', () => {
    expect([readLogo(undefined), readLogo('')]).toEqual([
      { ok: true, value: undefined },
      { ok: true, value: undefined },
    ])
  })

  it.each([
    ['image/png', PNG],
    ['image/webp', WEBP],
    ['image/svg+xml', SVG],
    ['image/svg+xml', `\uFEFF<?xml version="1.0"?>\n<!-- a\nkey -->\n<!DOCTYPE svg>${SVG}`],
  ])('can have the type %s, detected from the content', (type, content) => {
    const logo = readLogo(file(content))
    expect(logo).toMatchObject({ ok: true, value: { type } })
    expect(logo.ok && Buffer.from(logo.value?.body ?? '')).toEqual(Buffer.from(content))
  })

  it.each([
    ['not SVG, PNG or WebP', '<p>no picture</p>'],
    ['not SVG, PNG or WebP', 'GIF89a'],
    ['not SVG, PNG or WebP', ''],
    ['not SVG, PNG or WebP', Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
    ["browsers can't show. Add xmlns", '<svg viewBox="0 0 1 1"></svg>'],
    ['65537 bytes.* use at most 65536', SVG.padEnd(64 * 1024 + 1)],
  ])('that is %s is rejected', (why, content) => {
    expect(readLogo(file(content))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(new RegExp(`^BRAND_LOGO is .*${why}`)),
    })
  })

  it.each([
    ["can't be read: ENOENT", join(folder, 'missing.svg')],
    ['is not a file', folder],
  ])('that %s is rejected', (why, path) => {
    expect(readLogo(path)).toMatchObject({ ok: false, reason: expect.stringContaining(why) })
  })
})

describe('BRAND_CSS', () => {
  it.each([
    ':root { --accent: #7a1f5c; }',
    '/* @import "from elsewhere"; url(https://example.com) */ :root { --round: 0; }',
    'body { background: url("data:image/svg+xml,%3Csvg/%3E"); }',
    '',
  ])('can be %s', (css) => {
    expect(readBrandCss(file(css))).toEqual({ ok: true, value: css })
  })

  it('is optional', () => {
    expect(readBrandCss(undefined)).toEqual({ ok: true, value: undefined })
  })

  it.each([
    ['uses @import. Copy', '@import url("https://fonts.example/css");'],
    ['uses @import. Copy', ':root {} @IMPORT "more.css";'],
    ['loads https://example.com/bg.png. ', 'body { background: url(https://example.com/bg.png) }'],
    ['loads //example.com/bg.png. ', 'body { background: URL( "//example.com/bg.png" ) }'],
    ['loads bg.png. ', "body { background: url('bg.png') }"],
    ['loads data:font/woff2,AA. ', '@font-face { src: url(data:font/woff2,AA) }'],
    ['not UTF-8. Save it as UTF-8', Buffer.from('/* B\u00FCcher */', 'latin1')],
    ['has 65537 bytes', ' '.repeat(64 * 1024 + 1)],
  ])('that %s… is rejected', (why, css) => {
    expect(readBrandCss(file(css))).toMatchObject({ ok: false, reason: expect.stringContaining(why) })
  })

  it('that does not exist is rejected', () => {
    expect(readBrandCss(join(folder, 'missing.css'))).toMatchObject({
      reason: expect.stringMatching(/^BRAND_CSS is .*can't be read: ENOENT.* Set it to a file/),
    })
  })
})

describe('FOOTER_LINKS', () => {
  it.each([
    [undefined, []],
    [' , ', []],
    [
      'Imprint=https://example.com/imprint, Privacy = /privacy?a=b ,Über uns=HTTP://Example.com',
      [
        { label: 'Imprint', href: 'https://example.com/imprint' },
        { label: 'Privacy', href: '/privacy?a=b' },
        { label: 'Über uns', href: 'http://example.com/' },
      ],
    ],
    ['Map=https://example.com/?at=52%2C13', [{ label: 'Map', href: 'https://example.com/?at=52%2C13' }]],
  ])('%j is accepted', (value, links) => {
    expect(readFooterLinks(value)).toEqual({ ok: true, value: links })
  })

  it.each([
    'https://example.com/imprint',
    '=https://example.com',
    'Imprint',
    'Imprint=',
    'Imprint=imprint',
    'Imprint=//evil.example/',
    'Imprint=/\\evil.example/',
    'Imprint=javascript:alert(1)',
    'Imprint=data:text/html,x',
    'Imprint=mailto:post@example.com',
    'Imprint=https://',
    'Imprint=https:example.com',
    'Imprint=https://somebody@example.com/',
    'Imprint=/a b',
    'Map=https://example.com/?at=52,13',
    `${'x'.repeat(41)}=/x`,
    'a\nb=/x',
    Array.from({ length: 9 }, (_, index) => `L${index}=/${index}`).join(','),
  ])('%j is rejected, with an example', (value) => {
    expect(readFooterLinks(value)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^FOOTER_LINKS .*FOOTER_LINKS=Imprint=/s),
    })
  })

  it('can be eight', () => {
    const value = Array.from({ length: 8 }, (_, index) => `L${index}=/${index}`).join(',')
    expect(readFooterLinks(value)).toMatchObject({ ok: true, value: { length: 8 } })
  })
})
