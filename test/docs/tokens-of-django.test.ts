import * as root from '@latchkey/jwt-middleware'
import * as express from '@latchkey/jwt-middleware/express'
import * as hono from '@latchkey/jwt-middleware/hono'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import * as tables from '../../auth-service/src/platform/database/schema-sqlite.ts'
import { addUser, onBothDatabases } from '../auth-service/support/services.ts'
import { readPage } from './pages.ts'

const [, section = ''] =
  /## From a table of tokens in Django\n([\s\S]*?)\n## /.exec(readPage('docs/api-tokens.md')) ?? []
const rows = section
  .split('\n')
  .filter((line) => /^\| (?!field|class in)/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))

/** What stands in code, beside the first cell. */
const named = rows.flatMap(([, ...cells]) =>
  cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)),
)

const columns = new Set(
  Object.values(tables).flatMap((table) =>
    Object.values(getTableColumns(table)).map(({ name }) => `${getTableName(table)}.${name}`),
  ),
)

it('The page has a counterpart for each field and each class', () => {
  expect(rows.map(([first]) => first)).toEqual(
    expect.arrayContaining(
      [
        'token',
        'user',
        'platform',
        'expires_at',
        'is_revoked',
        'ip',
        'device_id',
        'device_name',
        'IsAuthenticated',
      ].map((name) => `\`${name}\``),
    ),
  )
  for (const cells of rows) expect(cells.slice(1).join('').trim(), cells[0]).not.toBe('')
})

/** The user of a request with an API token, as both guards pass it on. */
async function userOfToken(): Promise<object> {
  const testAuth = createTestAuth()
  const app = new Hono().use(hono.auth(testAuth.options))
  let user: object = {}
  app.get('/', hono.loginRequired(), (c) => {
    user = c.var.user
    return c.body(null)
  })
  await app.request('/', { headers: testAuth.apiToken({ name: 'Phone' }).headers })
  return user
}

it('Each counterpart exists: columns, properties of the user, guards and options', async () => {
  const user = await userOfToken()
  const unknown: string[] = []
  for (const name of named) {
    const [, path] = /^user\.([\w.]+)(?:\(\))?$/.exec(name) ?? []
    const [, option] = /^auth\(\{ (\w+) \}\)$/.exec(name) ?? []
    const [, guard] = /^(\w+)\((?:\{ \w+ \})?\)$/.exec(name) ?? []
    const exists =
      path !== undefined
        ? path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], user) !=
          null
        : option !== undefined
          ? !isUnknownOption(option)
          : guard !== undefined
            ? [hono, express].every((entry) => guard in entry) || guard in root
            : columns.has(name) || name === 'api_tokens' || name === 'api_token_revoked'
    if (!exists) unknown.push(name)
  }
  expect(unknown).toEqual([])
  expect(named.length).toBeGreaterThan(25)
})

/** `auth()` names the options that it knows. */
function isUnknownOption(name: string): boolean {
  try {
    hono.auth({ [name]: Symbol('wrong'), loginUrl: '', ownUrl: '' })
  } catch (error) {
    return (error as Error).message.includes('does not know the option')
  }
  return true
}

onBothDatabases('A revoked token', (open) => {
  it('has no row any more, and the audit log keeps it', async () => {
    const service = await open()
    const ada = await addUser(service)
    const made = await service.apiTokens.create(
      ada,
      { name: 'Phone', apps: 'all', scopes: [], expires: 'never' },
      OPERATOR,
    )
    if (!made.ok) throw new Error('not created')
    const { db, apiTokens, auditLog } = service.database
    expect(await db.select({ name: apiTokens.name, publicId: apiTokens.publicId }).from(apiTokens)).toEqual([
      { name: 'Phone', publicId: made.token.id },
    ])
    await service.apiTokens.revoke(ada, made.token.id, OPERATOR)
    expect(await db.select({ name: apiTokens.name }).from(apiTokens)).toEqual([])
    expect((await db.select({ event: auditLog.event }).from(auditLog)).map(({ event }) => event)).toContain(
      'api_token_revoked',
    )
  })
})
