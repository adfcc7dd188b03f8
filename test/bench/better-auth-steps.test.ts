import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { COOKIE_CACHE, count, SIGN_IN_PAGE, START, STEPS } from '../../bench/first-hour/better-auth-steps.ts'
import { readPage } from '../docs/pages.ts'

const FOLDERS = { notes: 'hono-notes', board: 'express-board' }
const EVERY = [...STEPS, ...COOKIE_CACHE]

/** drizzle-kit writes it, between the steps. */
const MIGRATION = 'drizzle/0001_users.sql'
/** The lines that a patch of one file finds there, as the end of the file. */
const beforeOf = (patch: string): string =>
  (patch.match(/^[- ](?!-).*$/gm) ?? []).map((line) => line.slice(1)).join('\n')

describe("The steps through better-auth's documentation", () => {
  it('change the two apps that the first hour with Latchkey begins with', () => {
    const root = mkdtempSync(join(tmpdir(), 'latchkey-steps-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    cpSync(resolve(import.meta.dirname, '../first-hour'), root, { recursive: true })
    const edits = EVERY.filter(({ kind }) => kind === 'edit')
    for (const { app, text, files } of edits) {
      if (files.includes(MIGRATION)) writeFileSync(join(root, FOLDERS[app], MIGRATION), beforeOf(text))
      execFileSync('git', ['apply', '-'], { cwd: join(root, FOLDERS[app]), input: text, stdio: 'pipe' })
    }
    expect(edits).toHaveLength(8)
  })

  it('are counted as docs/first-hour.md says', () => {
    const starts = Object.values(START)
    const [plain, cached] = [count([...STEPS, ...starts]), count([...EVERY, ...starts])]
    const page = readPage('docs/first-hour.md')
    for (const [what, figure] of [
      ['commands', 'commands'],
      ['files that you write or change', 'files'],
      ['settings and options that you decide on', 'settings'],
      ['lines that you write or change', 'lines'],
    ] as const) {
      expect(page).toContain(`\n| ${what} | ${plain[figure]} | ${cached[figure]} | `)
    }
    expect(page).toContain(`sign up and sign in | ${SIGN_IN_PAGE.lines} | ${SIGN_IN_PAGE.lines} | `)
  })
})
