import { existsSync, readFileSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorsOf, pages, proseOf, readPage } from './pages.ts'

const root = resolve(import.meta.dirname, '../..')

/** The relative links of a page whose file or heading does not exist. */
function deadLinks(page: string, text: string): string[] {
  const links = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : posix.join(posix.dirname(page), path)
    if (!existsSync(resolve(root, target))) return true
    return anchor !== undefined && !anchorsOf(readPage(target)).includes(anchor)
  })
}

describe('Links in the documentation', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    expect(deadLinks(page, readPage(page))).toEqual([])
  })

  it('are checked: a missing file and a missing heading are found', () => {
    expect(deadLinks('README.md', '[a](docs/missing.md) [b](README.md#missing) [c](LICENSE)')).toEqual([
      'docs/missing.md',
      'README.md#missing',
    ])
  })

  it('reach every page from README.md, and every recipe and framework from their lists', () => {
    const linked = ['README.md', 'docs/recipes/README.md', 'docs/frameworks/README.md'].flatMap((page) =>
      [...readPage(page).matchAll(/\]\(([^)\s#]+)/g)].map(([, link = '']) =>
        posix.join(posix.dirname(page), link),
      ),
    )
    expect(pages.filter((page) => page.startsWith('docs/') && !linked.includes(page))).toEqual([])
  })

  it('of llms.txt lead to every page of docs', () => {
    const index = readFileSync(resolve(root, 'llms.txt'), 'utf8')
    expect(deadLinks('llms.txt', index)).toEqual([])
    expect(pages.filter((page) => page.startsWith('docs/') && !index.includes(`](${page})`))).toEqual([])
  })
})

describe('README.md', () => {
  const readme = readPage('README.md')

  it('has at most 160 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(160)
  })

  it('has no paragraph of more than five lines', () => {
    const paragraphs = proseOf(readme)
      .split(/\n{2,}/)
      .filter((part) => !/^[|#-]/.test(part))
    expect(paragraphs.filter((part) => part.trim().split('\n').length > 5)).toEqual([])
  })
})
