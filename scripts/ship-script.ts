import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const folder = resolve(import.meta.dirname, '../jwt-middleware')

/**
 * The script without comments, indentation and optional spaces. This is no minifier: it knows comments that begin a
 * line, and no quoted text with spaces.
 */
export const compact = (source: string): string =>
  source
    .replace(/^\/\*[\s\S]*?\*\/\n/gm, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//'))
    .map((line) => line.replace(/ *([=<>!|?:,{}()&]+) */g, '$1'))
    .join('\n')

/** Writes the shortened browser script to the folder that the package ships. */
export function shipScript(): void {
  const [from, to] = [join(folder, 'browser'), join(folder, 'assets')]
  mkdirSync(to, { recursive: true })
  const text = compact(readFileSync(join(from, 'fetch.js'), 'utf8'))
  writeFileSync(join(to, 'fetch.js'), `${text}\n`)
  copyFileSync(join(from, 'fetch.d.ts'), join(to, 'fetch.d.ts'))
  console.log(`Wrote jwt-middleware/assets/fetch.js, ${Buffer.byteLength(text) + 1} bytes.`)
}
