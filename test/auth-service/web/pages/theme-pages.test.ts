import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const css = readFileSync(fileURLToPath(import.meta.resolve('@latchkey/auth-service/theme.css')), 'utf8')

const tokensOf = (block: string): Record<string, string> =>
  Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  )

const [light = '', dark = ''] = [...css.matchAll(/:root \{(.*?)\}/gs)].map(([, block]) => block ?? '')
const themes = { light: tokensOf(light), dark: { ...tokensOf(light), ...tokensOf(dark) } }

/** Relative luminance (WCAG 2.2). */
function luminance(hex = '') {
  const [r = 0, g = 0, b = 0] = (hex.match(/[0-9a-f]{2}/g) ?? []).map((pair) => {
    const channel = Number.parseInt(pair, 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one?: string, other?: string) {
  const [dim = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (bright + 0.05) / (dim + 0.05)
}

const TEXT = [
  ['ink', 'paper'],
  ['ink', 'surface'],
  ['ink', 'accent-wash'],
  ['muted', 'paper'],
  ['muted', 'surface'],
  ['accent', 'paper'],
  ['accent', 'surface'],
  ['accent-strong', 'accent-wash'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['danger', 'surface'],
  ['danger', 'danger-wash'],
  ['on-danger', 'danger'],
  ['on-danger', 'danger-strong'],
] as const

const EDGES = [
  ['field-line', 'surface'],
  ['accent', 'surface'],
  ['accent', 'paper'],
  ['danger', 'surface'],
] as const

describe.each(Object.entries(themes))('In the %s theme,', (_, tokens) => {
  it.each(TEXT)('%s is readable on %s (WCAG 2.2, 1.4.3)', (ink, ground) => {
    expect(contrast(tokens[ink], tokens[ground])).toBeGreaterThanOrEqual(4.5)
  })

  it.each(EDGES)('%s is visible on %s (WCAG 2.2, 1.4.11)', (line, ground) => {
    expect(contrast(tokens[line], tokens[ground])).toBeGreaterThanOrEqual(3)
  })
})

it('the style sheet loads nothing', () => {
  expect(css).not.toMatch(/url\(|@import/)
})

it('the style sheet uses only defined tokens', () => {
  const defined = new Set([...css.matchAll(/(--[\w-]+):/g)].map(([, name]) => name))
  for (const [, name] of css.matchAll(/var\((--[\w-]+)\)/g)) expect(defined).toContain(name)
})
