import { BRAND_NAME, type Brand, type FooterLink, type LogoType } from '../../platform/config/brand-config.ts'
import { type Asset, addressOf, asset, assetUrl } from './assets.ts'

/** The brand in the layout of every page. */
export interface Theme {
  readonly name: string
  readonly icon: { readonly href: string; readonly type: LogoType }
  /** URL of the picture beside the name; `null` for the key. */
  readonly logo: string | null
  /** URLs of the style sheets, each overriding earlier ones. */
  readonly styles: readonly string[]
  readonly links: readonly FooterLink[]
}

const EXTENSIONS: Readonly<Record<LogoType, string>> = {
  'image/svg+xml': 'svg',
  'image/png': 'png',
  'image/webp': 'webp',
}

/** Latchkey's own. */
export const DEFAULT_THEME: Theme = {
  name: BRAND_NAME,
  icon: { href: assetUrl('icon.svg'), type: 'image/svg+xml' },
  logo: null,
  styles: [assetUrl('theme.css')],
  links: [],
}

/** The brand on pages, and its files. */
export function themeOf({ name, logo, css, links }: Brand): { look: Theme; files: readonly Asset[] } {
  const picture = logo && asset(`logo.${EXTENSIONS[logo.type]}`, logo.type, logo.body)
  const style = css === undefined ? undefined : asset('brand.css', 'text/css; charset=utf-8', css)
  const address = picture && addressOf(picture)
  const look: Theme = {
    ...DEFAULT_THEME,
    name,
    links,
    ...(logo && address && { logo: address, icon: { href: address, type: logo.type } }),
    ...(style && { styles: [...DEFAULT_THEME.styles, addressOf(style)] }),
  }
  return { look, files: [picture, style].filter((file) => file !== undefined) }
}
