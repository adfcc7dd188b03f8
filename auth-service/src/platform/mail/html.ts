import type { Config } from '../config/config.ts'
import type { Language } from '../i18n/language.ts'
import { grouped, type Link, type Part } from './parts.ts'

/** The sender: the name on the emails, and the base of their links. */
export type Sender = Pick<Config, 'authUrl' | 'brand'>

/**
 * Renders an email's parts as a document. It loads nothing, and has inline styles, as mail programs require; those
 * without `light-dark()` show light colours, which are theme.css's.
 */
export function htmlOf(
  { code: lang }: Language,
  { authUrl, brand }: Sender,
  subject: string,
  parts: readonly Part[],
): string {
  const [title, name, home] = [escaped(subject), escaped(brand.name), escaped(`${authUrl}/`)]
  return `<!doctype html>
<html lang="${lang}" style="color-scheme:light dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
</head>
<body style="margin:0;padding:0;${PAPER}">
<div lang="${lang}" style="color-scheme:light dark;${PAPER};${INK};padding:24px 12px;font:16px/1.55 ${FONT};overflow-wrap:anywhere">
<div style="max-width:560px;margin:0 auto">
<p style="margin:0 12px 16px;font-weight:600">${name}</p>
<div style="${SURFACE};${BORDER};border-radius:16px;padding:24px 20px 8px">
<h1 style="margin:0 0 20px;font-size:22px;line-height:1.25;letter-spacing:-0.01em">${title}</h1>
${blocks(parts)}
</div>
<p style="margin:16px 12px 0;${MUTED};font-size:14px">${name} · <a href="${home}" style="${MUTED}">${escaped(new URL(authUrl).host)}</a></p>
</div>
</div>
</body>
</html>
`
}

/** A light colour, and a dark one where supported. */
const colour = (property: string, light: string, dark: string): string =>
  `${property}:${light};${property}:light-dark(${light},${dark})`

const FONT = `system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',sans-serif`
const PAPER = colour('background-color', '#f6f5f1', '#131615')
const SURFACE = colour('background-color', '#ffffff', '#1b1f1d')
const WASH = colour('background-color', '#e9f3ee', '#1a2e27')
const INK = colour('color', '#1d2321', '#e9ece9')
const MUTED = colour('color', '#5a625e', '#a4ada8')
const BORDER = `border:1px solid #e2dfd7;${colour('border-color', '#e2dfd7', '#2d3330')}`
const BUTTON = `${colour('background-color', '#17644f', '#7ccfb2')};${colour('color', '#ffffff', '#0b241c')}`
const GAP = 'margin:0 0 16px'

const blocks = (parts: readonly Part[]): string => parts.map(block).join('\n')

function block(part: Part): string {
  if (typeof part === 'string') return `<p style="${GAP}">${escaped(part)}</p>`
  if ('link' in part) return button(part)
  if ('code' in part) {
    return `<p style="${GAP};${WASH};border-radius:10px;padding:14px 0;text-align:center;font-size:30px;font-weight:600;letter-spacing:0.08em;white-space:nowrap">${escaped(grouped(part.code))}</p>`
  }
  if ('facts' in part) return `<table style="${GAP};border-collapse:collapse">\n${rows(part.facts)}\n</table>`
  const steps = part.steps.map((step) => `<li style="padding-left:4px">\n${blocks(step)}\n</li>`)
  return `<ol style="${GAP};padding-left:22px">\n${steps.join('\n')}\n</ol>`
}

/** The address is shown so that readers can check it, and use it when the button fails. */
function button({ link, label }: Link): string {
  const href = escaped(link)
  return `<p style="margin:0 0 8px"><a href="${href}" style="display:inline-block;${BUTTON};border-radius:10px;padding:10px 20px;font-weight:600;text-decoration:none">${escaped(label)}</a></p>
<p style="${GAP};font-size:13px;line-height:1.4;word-break:break-all"><a href="${href}" style="${MUTED};text-decoration:none">${href}</a></p>`
}

const rows = (facts: readonly (readonly [label: string, value: string])[]): string =>
  facts
    .map(
      ([label, value]) =>
        `<tr><th scope="row" style="padding:2px 16px 2px 0;${MUTED};font-weight:400;text-align:left;vertical-align:top">${escaped(label)}</th><td style="padding:2px 0;vertical-align:top">${escaped(value)}</td></tr>`,
    )
    .join('\n')

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string)
