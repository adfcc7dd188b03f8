import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PROBLEMS } from '../../auth-service/src/web/problems.ts'
import { settingsRead } from '../auth-service/support/settings.ts'

const PAGE = readFileSync('docs/http-interface.md', 'utf8')

describe('The error codes in docs/http-interface.md', () => {
  const rows = [...PAGE.matchAll(/^\| `(\w+)` \| (\d{3}) \| (.+?) \|(?: `(\w+)`)? \|$/gm)]

  it('are those of the auth service, with their status and setting', () => {
    const listed = rows.map(([, code = '', status, , setting]) => [
      code,
      { status: Number(status), ...(setting && { setting }) },
    ])
    expect(Object.fromEntries(listed)).toEqual(PROBLEMS)
    expect(listed.map(([code]) => code)).toEqual(Object.keys(PROBLEMS))
  })

  it('name settings that exist', () => {
    const read = settingsRead()
    for (const [, , , , setting] of rows) if (setting) expect(read).toContain(setting)
  })

  it('have a meaning each', () => {
    const meanings = rows.map(([, , , meaning]) => meaning)
    expect(new Set(meanings).size).toBe(meanings.length)
  })
})
