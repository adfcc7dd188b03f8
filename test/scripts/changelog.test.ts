import { describe, expect, it } from 'vitest'
import { dateUnreleased, notesOf } from '../../scripts/changelog.ts'
import { PACKAGES } from '../../scripts/packing.ts'
import { readPage } from '../docs/pages.ts'

const changelog = readPage('CHANGELOG.md')
const { version: current } = JSON.parse(readPage('jwt-middleware/package.json')) as { version: string }

describe('CHANGELOG.md', () => {
  it('heads each part as Keep a Changelog does, newest first', () => {
    const headings = changelog.match(/^## .*/gm) ?? []
    for (const heading of headings) {
      expect(heading).toMatch(/^## \[(Unreleased|\d+\.\d+\.\d+)\]( - \d{4}-\d\d-\d\d)?$/)
    }
    expect(headings[0]).toBe('## [Unreleased]')
    expect(new Set(headings).size).toBe(headings.length)
    const kinds = new Set(changelog.match(/^### .*/gm))
    const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].map(
      (kind) => `### ${kind}`,
    )
    expect([...kinds].filter((kind) => !known.includes(kind))).toEqual([])
  })

  it('has notes of the version that the packages have', () => {
    for (const folder of Object.values(PACKAGES)) {
      expect(JSON.parse(readPage(`${folder}/package.json`)).version, folder).toBe(current)
    }
    expect(notesOf(changelog, current)).toMatch(/^[A-Z#]/)
    expect(notesOf(changelog, current)).not.toMatch(/^## /m)
  })

  it('gives the unreleased part a version and a date, which leaves nothing unreleased', () => {
    const [major = '0'] = current.split('.')
    const next = `${Number(major) + 1}.0.0`
    const before = changelog.replace(
      '## [Unreleased]\n',
      '## [Unreleased]\n\n### Added\n\n- A line of this test.\n',
    )
    const after = dateUnreleased(before, next, '2031-02-03')
    expect(after).toContain(
      `## [Unreleased]\n\n## [${next}] - 2031-02-03\n\n### Added\n\n- A line of this test.\n`,
    )
    expect(notesOf(after, next)).toMatch(/^### Added\n\n- A line of this test\.\n/)
    expect(notesOf(after, current)).toBe(notesOf(changelog, current))
    expect(() => dateUnreleased(after, next, '2031-02-03')).toThrow(`has a part for ${next} already`)
    expect(() => dateUnreleased(after, '99.0.0', '2031-02-03')).toThrow('has nothing under "## [Unreleased]"')
  })

  it('is asked in vain for another version, with the command that helps', () => {
    expect(() => notesOf(changelog, '99.0.0')).toThrow('has no part for 99.0.0. Run: npm run release:version')
  })
})
