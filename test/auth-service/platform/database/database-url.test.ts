import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '@latchkey/house-style/run'
import { afterAll, describe, expect, it } from 'vitest'
import {
  readDatabaseUrl,
  readDirectUrl,
} from '../../../../auth-service/src/platform/database/database-url.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-url-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const problem = (url: string): string => {
  const read = readDatabaseUrl(url)
  return read.ok ? 'none' : read.reason
}

describe('A Postgres URL', () => {
  it.each([
    'postgres://user@/db?host=/var/run/postgresql',
    'postgres:///db?host=/var/run/postgresql&user=ada',
    'postgres://%2Fvar%2Frun%2Fpostgresql/db',
    'postgresql://user:p%40ss@[::1]:5432/db',
    'postgres://db.internal',
    'postgres://db.internal/auth?sslmode=require&channel_binding=require',
    'postgres://db.internal/auth?options=-c%20search_path%3Dlatchkey&application_name=latchkey',
    'postgres://db.internal:6543/auth?pgbouncer=true',
  ])('can be %s', (url) => expect(problem(url)).toBe('none'))

  it.each([
    ['postgres://', /does not name a server/],
    ['postgres://one,two/db', /several hosts/],
    ['postgres://one:5432,two:5432/db', /several hosts/],
    ['postgres://user@one,two/db', /several hosts/],
    ['postgres://user:p/ss@db.internal/auth', /Write \/ \? # @ : % in a user or password as %2F/],
    ['postgres://user:1#ss@db.internal/auth', /has a #/],
    ['postgres://db.internal/auth?schema=latchkey', /parameter schema, .*options=-c%20search_path/],
    ['postgres://db.internal/auth?connect_timeout=9', /connect_timeout, .*Leave it out/],
    ['postgres://db.internal/auth?sslmod=require', /a parameter that is not supported.*sslmode/],
    ['postgres://db.internal/auth?sslmode=required', /unknown sslmode.*verify-full/],
    [
      `postgres://db.internal/auth?sslrootcert=${folder}/none.pem`,
      /none\.pem, which can't be read \(ENOENT\)/,
    ],
  ])('is rejected with the remedy: %s', (url, reason) => expect(problem(url)).toMatch(reason))

  it('can name an existing certificate', () => {
    writeFileSync(join(folder, 'ca.pem'), '')
    expect(problem(`postgres://db.internal/auth?sslmode=verify-full&sslrootcert=${folder}/ca.pem`)).toBe(
      'none',
    )
  })
})

describe('A SQLite URL', () => {
  it.each([
    'file:a.sqlite',
    'file:./a b.sqlite',
    'file:/srv/c#/a.sqlite',
    'file:///srv/what%3F.sqlite',
    ':memory:',
  ])('can be %s', (url) => expect(problem(url)).toBe('none'))

  it.each([
    ['file:', /does not name a file/],
    ['file:a.sqlite?mode=ro', /has parameters/],
    ['file:///srv/a.sqlite?cache=shared', /has parameters/],
    ['file:///srv/a#b.sqlite', /has parameters/],
    ['file://data/a.sqlite', /two slashes.*file:data\/a\.sqlite .*file:\/\/\/data\/a\.sqlite/],
    ['file:///srv/100%.sqlite', /Write a plain % as %25/],
    ['file::memory:', /Write that as :memory:/],
  ])('is rejected with the remedy: %s', (url, reason) => {
    expect(problem(url)).toMatch(reason)
    const settings = { OWN_URL: 'https://app.example.com', LOGIN_URL: 'https://auth.example.com/login' }
    expect(() => readSettings({ ...settings, DATABASE_URL: url }), 'in an app').toThrow(reason)
  })
})

it.each([
  ['mysql://db.internal/auth', /supports SQLite and Postgres/],
  ['mongodb+srv://db.internal/auth', /supports SQLite and Postgres/],
  ['sqlite:///auth.sqlite', /Write SQLite as file:/],
  ['postgresql+psycopg://db.internal/auth', /Write Postgres as postgres:/],
  ['jdbc:postgresql://db.internal/auth', /Write Postgres as postgres:/],
  ['POSTGRES://db.internal/auth', /in lower case/],
  ['"postgres://db.internal/auth"', /Remove the quotes/],
  [' file:auth.sqlite', /white space/],
  ['host=db.internal dbname=auth', /Keyword.value strings/],
  ['/var/run/postgresql auth', /Write a socket as/],
  ['auth.sqlite', /Start the address of a file with file:/],
  ['/srv/auth.sqlite', /Start the address of a file with file:/],
])('formats of other programs are rejected, with the format to use: %s', (url, reason) => {
  expect(problem(url)).toMatch(reason)
})

describe('DATABASE_URL_DIRECT', () => {
  const POOLER = 'postgres://pooler.internal/auth'

  it('is another URL of a Postgres server', () => {
    expect(readDirectUrl('postgres://db.internal/auth', POOLER)).toMatchObject({ ok: true })
    expect(readDirectUrl('', POOLER)).toEqual({ ok: true, value: undefined })
  })

  it.each([
    ['mysql://db.internal', POOLER, /DATABASE_URL_DIRECT is not the address of a Postgres/],
    ['file:a.sqlite', POOLER, /DATABASE_URL_DIRECT is not the address of a Postgres/],
    ['postgres://db.internal/auth', 'file:a.sqlite', /DATABASE_URL is not Postgres/],
    ['postgres://db.internal/auth', undefined, /DATABASE_URL is not Postgres/],
  ])('is rejected as %s beside %s', (direct, usual, reason) => {
    expect(readDirectUrl(direct, usual)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) })
  })
})
