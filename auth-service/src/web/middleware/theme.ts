import type { MiddlewareHandler } from 'hono'
import { BRAND_NAME, type Brand, type FooterLink, type LogoType } from '../../platform/config/brand-config.ts'
import { type Asset, addressOf, asset, assetUrl } from './assets.ts'

/** What the frame of every page shows of the brand. */
export interface Look {
  readonly name: string
  readonly icon: { readonly href: string; readonly type: LogoType }
  /** Address of the picture beside the name; `null` for the key. */
  readonly logo: string | null
  /** Addresses of the style sheets, each overriding those before it. */
  readonly styles: readonly string[]
  readonly links: readonly FooterLink[]
}

const EXTENSIONS: Readonly<Record<LogoType, string>> = {
  'image/svg+xml': 'svg',
  'image/png': 'png',
  'image/webp': 'webp',
}

/** Latchkey's own. */
export const PLAIN_LOOK: Look = {
  name: BRAND_NAME,
  icon: { href: assetUrl('icon.svg'), type: 'image/svg+xml' },
  logo: null,
  styles: [assetUrl('theme.css')],
  links: [],
}

/** The brand as pages show it, and the files that this takes beside our own. */
export function lookOf({ name, logo, css, links }: Brand): { look: Look; files: readonly Asset[] } {
  const picture = logo && asset(`logo.${EXTENSIONS[logo.type]}`, logo.type, logo.body)
  const style = css === undefined ? undefined : asset('brand.css', 'text/css; charset=utf-8', css)
  const address = picture && addressOf(picture)
  const look: Look = {
    ...PLAIN_LOOK,
    name,
    links,
    ...(logo && address && { logo: address, icon: { href: address, type: logo.type } }),
    ...(style && { styles: [...PLAIN_LOOK.styles, addressOf(style)] }),
  }
  return { look, files: [picture, style].filter((file) => file !== undefined) }
}

/** Lets every page of this request have that look. */
export const wearing =
  (look: Look): MiddlewareHandler<{ Variables: { look: Look } }> =>
  (c, next) => {
    c.set('look', look)
    return next()
  }
