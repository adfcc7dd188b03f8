import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createService, readConfig, type Service } from '@latchkey/auth-service'
import { seedPeople } from '../scripts/seed-people.ts'
import { startPostgres } from '../test/support/postgres.ts'

/** The limit for each at p95, in ms. */
const PROMISE = 100
const ROUNDS = 100
const ORIGIN = 'http://auth.bench.localhost'
/** How long the dashboard's numbers are cached, and how long counting them may take, both in ms. */
const STALE = 61_000
const COUNTED = 1_000

/** A typical search by an administrator, and an address that begins in the middle of the list. */
const PAGES = {
  'people, the first page': () => '/admin/people',
  'people, a page in the middle': (i: number) => `/admin/people?after=${200_000 + i}`,
  'people by e-mail': (i: number) =>
    `/admin/people?order=email&after=${'abcdefghijklmnopqrstuvwxyz'[i % 26]}`,
  'people, staff by e-mail': () => '/admin/people?filter=staff&order=email',
  'people, switched off': () => '/admin/people?filter=inactive',
  'people, unverified, in the middle': (i: number) => `/admin/people?filter=unverified&after=${250_000 - i}`,
  'search: part of an address': (i: number) => `/admin/people?q=.${100_000 + i * 1000}.`,
  'search: first and last name': (i: number) => `/admin/people?q=${['zoë', 'grace', 'alan'][i % 3]}+turi`,
  'search: what everybody has': () => '/admin/people?q=example',
  'search: two letters': () => '/admin/people?q=gr',
  'search: what nobody has': (i: number) => `/admin/people?q=nobody${i}`,
  'search among staff': () => '/admin/people?q=lovelace&filter=staff',
  'one person': (i: number, uuids: readonly string[]) => `/admin/people/${uuids[i % uuids.length]}`,
  'audit log': () => '/admin/audit',
  'audit log, by IP address': (i: number) => `/admin/audit?address=192.0.2.${i % 256}`,
  'audit log, failures of half a year': () => '/admin/audit?event=sign_in_failed&from=2026-01-01',
  'audit log of a person': (i: number, uuids: readonly string[]) =>
    `/admin/audit?person=${uuids[i % uuids.length]}&event=signed_in`,
  'audit log by an actor': (i: number, uuids: readonly string[]) =>
    `/admin/audit?actor=${uuids[i % uuids.length]}`,
  groups: () => '/admin/groups',
  'a group that everybody is in': () => '/admin/groups/1',
  'a group, in the middle': (i: number) => `/admin/groups/${2 + (i % 50)}?after=${200_000 + i}`,
  invitations: () => '/admin/invitations',
  'invitations, in the middle': (i: number) => `/admin/invitations?after=${10_000 + i}`,
  apps: () => '/admin/apps',
  'one’s own account': () => '/account',
  'one’s own history': () => '/account/history',
  'one’s own data, as JSON': () => '/account/export',
  dashboard: () => '/admin',
} as const

/**
 * The administration with half a million users on both databases: the look-up at sign-in, search, each page, and the
 * account page.
 */
export async function measureAdmin(people = 500_000): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  const postgres = await startPostgres()
  try {
    await measureOn('SQLite', `file:${join(folder, 'admin.sqlite')}`, people)
    await measureOn('Postgres', await postgres.createDatabase(), people)
  } finally {
    await postgres.stop()
    await rm(folder, { recursive: true })
  }
}

async function measureOn(name: string, databaseUrl: string, people: number): Promise<void> {
  const config = readConfig({
    AUTH_URL: ORIGIN,
    COOKIE_DOMAIN: 'bench.localhost',
    SECRET_KEY: 'a secret of the benchmark and of nobody else',
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'error',
  })
  let ahead = 0
  const service = await createService(config, { now: () => Date.now() + ahead })
  try {
    console.log(`\nThe administration on ${name}, with ${people.toLocaleString('en')} users:`)
    const begun = performance.now()
    await seedPeople(service.database, { people, now: Math.floor(Date.now() / 1000) })
    console.log(`Seeded in ${((performance.now() - begun) / 1000).toFixed(0)} s.`)
    const uuids = await someUuids(service)
    const emails = await Promise.all(uuids.map(async (uuid) => (await service.users.findByUuid(uuid))?.email))
    const rows: Record<string, { p50: string; p95: string; verdict: string }> = {}
    rows['sign-in’s look-up'] = await timed((i) => service.users.findByEmail(emails[i % emails.length] ?? ''))
    const visit = await administrator(service)
    const open = async (path: string) => {
      const { status } = await visit(path)
      if (status !== 200) throw new Error(`${path} returned ${status}.`)
    }
    for (const [what, address] of Object.entries(PAGES)) {
      rows[what] = await timed((i) => open(address(i, uuids)))
    }
    const grownStale = async () => {
      await setTimeout(COUNTED)
      ahead += STALE
    }
    rows['dashboard, which has it counted anew'] = await timed(() => open('/admin'), grownStale)
    rows['people, while it is counted anew'] = await timed(
      () => open('/admin/people'),
      async () => {
        await grownStale()
        await open('/admin')
      },
    )
    console.table(rows)
  } finally {
    await service.close()
  }
}

async function someUuids({ database: { db, users } }: Service): Promise<string[]> {
  const rows = await db.select({ uuid: users.uuid }).from(users).orderBy(users.uuid).limit(ROUNDS)
  return rows.map(({ uuid }) => uuid)
}

/** Sends requests with the headers of a superuser's browser. */
async function administrator(service: Service) {
  const built = new URL('../auth-service/dist/web/app.js', import.meta.url).href
  const { createApp } = (await import(built)) as typeof import('../auth-service/src/web/app.tsx')
  const app = createApp(service as Parameters<typeof createApp>[0])
  const root = await service.users.create({ email: 'root@bench.example', password: '!', isSuperuser: true })
  if (!root.ok) throw new Error('The superuser already exists.')
  const { cookies } = await service.sessions.start(root.value, { userAgent: 'bench', address: '' })
  const kept = new Map<string, string>()
  const keep = (lines: readonly string[]) => {
    for (const line of lines) kept.set(line.split('=', 1)[0] as string, line.split(';', 1)[0] as string)
  }
  keep(cookies)
  return async (path: string): Promise<Response> => {
    const cookie = [...kept.values()].join('; ')
    const response = await app.request(ORIGIN + path, { headers: { cookie } })
    await response.text()
    keep(response.headers.getSetCookie().filter((line) => line.startsWith('jwt.')))
    return response
  }
}

async function timed(act: (i: number) => unknown, before: () => unknown = () => {}) {
  const times: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    await before()
    const begun = performance.now()
    await act(i)
    times.push(performance.now() - begun)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(share * (ROUNDS - 1))] as number
  const verdict = at(0.95) < PROMISE ? `under ${PROMISE} ms: met` : `under ${PROMISE} ms: NOT met in this run`
  return { p50: `${at(0.5).toFixed(1)} ms`, p95: `${at(0.95).toFixed(1)} ms`, verdict }
}
