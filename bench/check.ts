import { createAuthCore } from '@latchkey/jwt-middleware'
import { median } from './figures.ts'
import { ISSUER, NO_REVOCATIONS, OWN_URL, signIn } from './people.ts'

const PEOPLE = 2_000
const CALLS = 200_000
const ROUNDS = 15
/** The limit for the whole check, in µs. */
const MOST = 2.5

/**
 * The whole check of a warm request without a server: header list in, user out. Each call gets a fresh string for the
 * Cookie header, as a parser would make it; the cost of making one is measured separately and subtracted.
 */
export async function measureCheck(): Promise<void> {
  const { jwk, cookies } = await signIn(PEOPLE)
  const fetch = async () => Response.json({ keys: [jwk] })
  const auth = createAuthCore({
    loginUrl: `${ISSUER}/login`,
    ownUrl: OWN_URL,
    fetch,
    revocations: NO_REVOCATIONS,
  })
  for (const cookie of cookies) {
    await auth.authenticate({
      method: 'GET',
      target: '/',
      header: (name) => (name === 'cookie' ? cookie : undefined),
    })
  }
  const bytes = cookies.map((cookie) => Buffer.from(cookie, 'latin1'))
  const rawHeaders = (i: number) => {
    const cookie = (bytes[i % PEOPLE] as Buffer).toString('latin1')
    return ['Host', 'app.bench.localhost', 'User-Agent', 'bench', 'Accept', 'text/html', 'Cookie', cookie]
  }
  const alone: number[] = []
  const whole: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(time((i) => rawHeaders(i).length > 0))
    whole.push(time((i) => auth.recall('GET', rawHeaders(i)) !== null))
  }
  const check = median(whole) - median(alone)
  const verdict = check <= MOST ? 'met' : 'NOT met in this run'
  console.log(`\n${check.toFixed(2)} µs for the whole check of a warm request (at most ${MOST}: ${verdict})`)
}

function time(call: (i: number) => boolean): number {
  const begin = process.hrtime.bigint()
  for (let i = 0; i < CALLS; i++) if (!call(i)) throw new Error('A user was not in the cache.')
  return Number(process.hrtime.bigint() - begin) / CALLS / 1000
}
