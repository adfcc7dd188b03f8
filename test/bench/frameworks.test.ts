import { once } from 'node:events'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type CreateContender, PATH } from '../../bench/frameworks/contender.ts'
import { contendersOf, GROUPS, LATCHKEY, NOTHING, SAME_ANSWER } from '../../bench/frameworks/contenders.ts'
import { measureFrameworks } from '../../bench/frameworks/frameworks.ts'
import { buildNextSites } from '../../bench/frameworks/next-contenders.ts'
import { createVisitors, openContender } from '../../bench/frameworks/visitors.ts'
import { besideOthers } from '../../bench/people.ts'

const EVERY = Object.entries(GROUPS).flatMap(([framework, group]) =>
  [...contendersOf(group)].map(([name, create]) => ({
    framework,
    name,
    create,
    isPrivate: group.isPrivate === true,
  })),
)
const WITHOUT = EVERY.filter(({ name }) => name === NOTHING || name === SAME_ANSWER)
const WITH = EVERY.filter((one) => !WITHOUT.includes(one))

// Not in the tests that use them first: on a busy machine, a build takes longer than a test may.
beforeAll(buildNextSites, 600_000)

const visitors = await createVisitors(2)
const [ada, grace] = visitors.all.map(({ email }) => email) as [string, string]

async function open(create: CreateContender) {
  const { server, port, cookies } = await openContender(create, visitors)
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const visit = async (cookie?: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${PATH}`, { headers: cookie ? { cookie } : {} })
    return { status: answer.status, headers: answer.headers, page: await answer.text() }
  }
  return { visit, cookies }
}

/** The same cookie with another letter or digit in the middle of its value. */
function tampered(cookie: string): string {
  const [name = '', value = ''] = [
    cookie.slice(0, cookie.indexOf('=')),
    cookie.slice(cookie.indexOf('=') + 1),
  ]
  const half = Math.floor(value.length / 2)
  const at = half + value.slice(half).search(/(?<!%.?)[\dA-Za-z]/)
  return `${name}=${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`
}

/** The header with each of the visitor's own cookies tampered with in turn. */
function forgeries(header: string): string[] {
  const pairs = header.split('; ')
  const company = besideOthers('')
    .split('; ')
    .map((pair) => pair.split('=', 1)[0])
  return pairs.flatMap((pair, i) =>
    company.includes(pair.split('=', 1)[0]) ? [] : [pairs.with(i, tampered(pair)).join('; ')],
  )
}

/** Next's own `Cache-Control` of a page that it renders for each request. */
const BY_ITSELF = 'private, no-cache, no-store, max-age=0, must-revalidate'

describe.each(WITH)('$name on $framework', ({ name, create, isPrivate }) => {
  it('shows each visitor their own page, again and again', async () => {
    const { visit, cookies } = await open(create)
    for (const _ of [1, 2]) {
      for (const [i, email] of [ada, grace].entries()) {
        const { status, page, headers } = await visit(cookies[i])
        expect({ status, page }).toEqual({ status: 200, page: expect.stringContaining(`<p>${email}</p>`) })
        expect(headers.get('content-type')).toMatch(/^text\/html/)
        if (name === LATCHKEY) {
          expect(headers.get('cache-control')).toBe(isPrivate ? BY_ITSELF : 'private, no-store')
        }
      }
    }
    const together = await Promise.all([0, 1, 0, 1].map((i) => visit(cookies[i])))
    expect(together.map(({ page }) => page.includes(ada))).toEqual([true, false, true, false])
  })

  it('shows no page without a cookie, or with a forged one', async () => {
    const { visit, cookies } = await open(create)
    expect((await visit(cookies[0])).status).toBe(200)
    const forged = forgeries(cookies[0] as string)
    expect(forged.length).toBeGreaterThan(0)
    for (const cookie of [undefined, besideOthers(''), ...forged]) {
      const { status, page } = await visit(cookie)
      expect({ status, isShown: page.includes(ada) }, cookie).toEqual({ status: 401, isShown: false })
    }
    expect((await visit(cookies[1])).page).toContain(grace)
  })
})

it('is measured on servers of their own, in a table with the lead over each peer', {
  timeout: 120_000,
}, async () => {
  const said: string[] = []
  const table = vi.spyOn(console, 'table').mockImplementation(() => {})
  const line = vi.spyOn(console, 'log').mockImplementation((text) => said.push(text))
  onTestFinished(() => void vi.restoreAllMocks())
  await measureFrameworks({ frameworks: ['Koa'], generations: 1, rounds: 1, warmUp: 1 })
  const rows = table.mock.calls[0]?.[0] as Record<string, string>[]
  expect(rows.map((row) => row['what the page does about the session'])).toEqual([
    NOTHING,
    SAME_ANSWER,
    LATCHKEY,
    'koa-jwt',
  ])
  for (const row of rows) {
    expect(Number(row['CPU µs/request'])).toBeGreaterThan(1)
    expect(row['requests/s']).toBeGreaterThan(10)
    expect(Number(row['of the same answer, by CPU'])).toBeGreaterThan(0)
  }
  expect(Number(rows.at(-1)?.['Latchkey leads, by CPU'])).toBeGreaterThan(1)
  expect(said.filter((text) => /\(at least \d+\.\d+: (NOT )?met/.test(text))).toHaveLength(2)
  expect(line).toHaveBeenCalledWith(expect.stringMatching(/^\d\.\d\d of the same answer on Koa, by CPU/))
})

it('refuses to measure an unknown framework, and names all', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => void vi.restoreAllMocks())
  await expect(measureFrameworks({ frameworks: ['Sails'] })).rejects.toThrow(/Unknown framework "Sails".*Koa/)
})

describe.each(WITHOUT)('$name on $framework', ({ name, create, isPrivate }) => {
  it('shows the page to all', async () => {
    const { visit } = await open(create)
    const { status, page, headers } = await visit()
    expect({ status, page }).toEqual({ status: 200, page: expect.stringContaining(`<p>${ada}</p>`) })
    if (isPrivate) expect(headers.get('cache-control')).toBe(BY_ITSELF)
    else {
      expect([headers.get('cache-control'), headers.get('vary')]).toEqual(
        name === SAME_ANSWER ? ['private, no-store', 'Cookie'] : [null, null],
      )
    }
  })
})
