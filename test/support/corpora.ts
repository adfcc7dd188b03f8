import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const folder = process.env.CORPORA_DIR ?? resolve(import.meta.dirname, '../../../shared/corpora')

/**
 * The lines of an external corpus that this repository does not contain; `null` with a message if it is missing.
 * @throws Error if it is missing and REQUIRE_CORPORA is set
 */
export function corpus(name: string): readonly string[] | null {
  const file = resolve(folder, name)
  if (existsSync(file)) return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  const absent = `The corpus ${name} is not in ${folder}. Set CORPORA_DIR to the folder that has it.`
  if (process.env.REQUIRE_CORPORA) throw new Error(absent)
  console.warn(`${absent} Tests go without it.`)
  return null
}

/** Hostile `next` values from the corpus, or a few of our own if it is missing. */
export function hostileNexts(): { readonly source: string; readonly lines: readonly string[] } {
  const lines = corpus('open-redirects.txt')
  return lines
    ? { source: `${lines.length} lines of open-redirects.txt`, lines }
    : { source: 'a few of our own, as open-redirects.txt is absent', lines: OWN }
}

const OWN = [
  '//evil.example',
  '/\\evil.example',
  'https:evil.example',
  'https://evil.example/%2e%2e',
  'https://app1.demo.localhost@evil.example',
  'https://app1.demo.localhost.evil.example',
  'https://evil.example\\.demo.localhost',
  'javascript:alert(1)',
  '%68%74%74%70%3a%2f%2f%65%76%69%6c%2e%65%78%61%6d%70%6c%65',
]
