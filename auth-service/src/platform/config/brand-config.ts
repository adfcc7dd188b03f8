import { readFileSync, statSync } from 'node:fs'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { redact } from '../validation/redact.ts'

/** The service's brand on pages and in emails. */
export interface Brand {
  /** BRAND_NAME: in the top bar, the titles, and as the sender of emails. Default: Latchkey. */
  readonly name: string
  /** BRAND_LOGO: path of an SVG, PNG or WebP file, shown beside the name and as the icon. Default: a key. */
  readonly logo: Logo | undefined
  /** BRAND_CSS: path of a style sheet that overrides the tokens of theme.css. Default: none. */
  readonly css: string | undefined
  /** FOOTER_LINKS: `label=URL`, separated by commas. Default: none. */
  readonly links: readonly FooterLink[]
}

/** A picture, read when the service started. */
export interface Logo {
  readonly type: LogoType
  readonly body: Uint8Array<ArrayBuffer>
}

export type LogoType = 'image/svg+xml' | 'image/png' | 'image/webp'

export interface FooterLink {
  readonly label: string
  /** A path of the service, or an http(s) URL. */
  readonly href: string
}

export const BRAND_NAME = 'Latchkey'

/** Largest file, in bytes: every first visit loads it. */
const MAX_FILE = 64 * 1024
/** Longest name and label, in characters: each has one line. */
const MAX_LABEL = 40
const MAX_LINKS = 8

/** Reads BRAND_NAME. */
export function readBrandName(value: string | undefined): Result<string, string> {
  const name = value?.trim()
  if (!name) return success(BRAND_NAME)
  return isLabel(name) && !/[<>"]/.test(name)
    ? success(name)
    : failure(
        `BRAND_NAME is ${redact(name)}. Use 1 to ${MAX_LABEL} characters on one line, without < > "; or leave it out for ${BRAND_NAME}`,
      )
}

/** Reads the file of BRAND_LOGO; its content determines its type. */
export function readLogo(path: string | undefined): Result<Logo | undefined, string> {
  if (!path) return success(undefined)
  const file = readSmallFile('BRAND_LOGO', path)
  if (!file.ok) return file
  const type = pictureType(file.value)
  if (type === null) {
    return failure(
      `BRAND_LOGO is ${redact(path)}, which is not SVG, PNG or WebP. Save it in one of these formats`,
    )
  }
  return type === 'image/svg+xml' && !file.value.includes('http://www.w3.org/2000/svg')
    ? failure(
        `BRAND_LOGO is ${redact(path)}, an SVG that browsers can't show. Add xmlns="http://www.w3.org/2000/svg" to its <svg>`,
      )
    : success({ type, body: file.value })
}

/** Reads the file of BRAND_CSS. Rejects what our Content-Security-Policy would block, with an explanation. */
export function readBrandCss(path: string | undefined): Result<string | undefined, string> {
  if (!path) return success(undefined)
  const file = readSmallFile('BRAND_CSS', path)
  if (!file.ok) return file
  const css = decoded(file.value)
  if (css === null) return failure(`BRAND_CSS is ${redact(path)}, which is not UTF-8. Save it as UTF-8`)
  const rules = css.replaceAll(/\/\*.*?\*\//gs, ' ')
  if (/@import/i.test(rules)) {
    return failure(`BRAND_CSS is ${redact(path)}, which uses @import. Copy the imported rules into this file`)
  }
  const loaded = [...rules.matchAll(/url\(\s*["']?([^"')]{0,80})/gi)]
    .map(([, address = '']) => address)
    .find((address) => !/^data:image\//i.test(address))
  return loaded === undefined
    ? success(css)
    : failure(
        `BRAND_CSS is ${redact(path)}, which loads ${loaded}. Pages load only their own style sheets and images: ` +
          'embed an image as url(data:image/…), and use a system font',
      )
}

/** Reads FOOTER_LINKS. */
export function readFooterLinks(value: string | undefined): Result<readonly FooterLink[], string> {
  const example = 'e.g. FOOTER_LINKS=Imprint=https://example.com/imprint,Privacy=/privacy'
  const entries = (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  if (entries.length > MAX_LINKS) {
    return failure(`FOOTER_LINKS has ${entries.length} links. Use at most ${MAX_LINKS}, ${example}`)
  }
  const links: FooterLink[] = []
  for (const entry of entries) {
    const [, label = '', address = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(entry) ?? []
    if (!isLabel(label)) {
      return failure(
        `FOOTER_LINKS contains ${redact(entry)}. Write each link as a label of 1 to ${MAX_LABEL} characters, then =, then its address, with commas as %2C; ${example}`,
      )
    }
    const href = linkTarget(address)
    if (href === null) {
      return failure(
        `FOOTER_LINKS links ${redact(label)} to ${redact(address)}. Use an http(s) URL, or a path that starts with one /; ${example}`,
      )
    }
    links.push({ label, href })
  }
  return success(links)
}

const isLabel = (text: string): boolean =>
  text.length > 0 && text.length <= MAX_LABEL && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)

/** A link's normalised target, or `null` if it is neither a path of ours nor an external page. */
function linkTarget(address: string): string | null {
  if (/[\s\\\p{C}]/u.test(address)) return null
  if (/^\/(?!\/)/.test(address)) return address
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const url = new URL(address)
  return url.username || url.password ? null : url.href
}

function readSmallFile(setting: string, path: string): Result<Buffer<ArrayBuffer>, string> {
  try {
    const stats = statSync(path)
    if (!stats.isFile())
      return failure(`${setting} is ${redact(path)}, which is not a file. Set it to a file`)
    if (stats.size > MAX_FILE) {
      return failure(
        `${setting} is ${redact(path)}, which has ${stats.size} bytes. Every visitor loads it: use at most ${MAX_FILE} bytes`,
      )
    }
    return success(readFileSync(path))
  } catch (error) {
    return failure(
      `${setting} is ${redact(path)}, which can't be read: ${(error as NodeJS.ErrnoException).code}. Set it to a file that this process can read, or leave it out`,
    )
  }
}

/** By the format's signature (PNG, section 5.2; RFC 9649, section 2.4), or an `<svg>` after an XML prolog. */
function pictureType(content: Buffer): LogoType | null {
  const head = content.toString('latin1', 0, 12)
  if (head.startsWith('\x89PNG\r\n\x1A\n')) return 'image/png'
  if (/^RIFF.{4}WEBP/s.test(head)) return 'image/webp'
  const text = decoded(content)
  return text !== null && /^\s*(<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg[\s>]/is.test(text)
    ? 'image/svg+xml'
    : null
}

/** Without the byte order mark that some editors write. */
function decoded(content: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return null
  }
}
