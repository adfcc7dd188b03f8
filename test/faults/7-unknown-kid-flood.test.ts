import { expect, it } from 'vitest'
import type { Pair } from './support/auth-service.ts'
import { cookieOf } from './support/auth-service.ts'
import { faults, type Random } from './support/faults.ts'
import { openFront } from './support/front.ts'
import { openHouse } from './support/house.ts'

const TOKENS = faults.rounds(4_000, 200_000)
/** The maximum number that an app checks in one request. */
const AT_ONCE = 4
const CLIENTS = 20
/** Duration of the flood by the app's clock, in seconds: less than a token's lifetime. */
const LASTS = 200
/** Minimum seconds between two fetches. */
const COOLDOWN = 30

it.each([['up'], ['down']] as const)(
  `${TOKENS} tokens with unknown kids cause at most one fetch in 30 s while the auth service is %s, and users can continue`,
  async (service) => {
    const { auth, addApp } = await openHouse()
    const front = await openFront(auth.url)
    const app = await addApp({ authUrl: front.url })
    const random = faults.random(`flood ${service}`)
    const [known, newcomer] = [await auth.signUp(), await auth.signUp()]
    expect((await app.ask({ access: known.access })).status).toBe(200)
    if (service === 'down') await auth.stop('SIGKILL')

    const fetchedBefore = front.fetches
    const begin = performance.now()
    const answers: Record<number, number> = {}
    let left = TOKENS / AT_ONCE
    const step = Math.ceil(left / LASTS)
    let advanced = 0

    async function flood(): Promise<void> {
      while (left > 0) {
        if (--left % step === 0 && advanced < LASTS) {
          advanced++
          await app.advance(1)
          // Known users stay signed in during it.
          expect((await app.ask({ access: known.access })).status).toBe(200)
        }
        const cookie = Array.from({ length: AT_ONCE }, () =>
          cookieOf({ access: tokenLike(known, random) }),
        ).join('; ')
        const { status } = await app.ask({}, { headers: { cookie } })
        answers[status] = (answers[status] ?? 0) + 1
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, flood))

    const passed = advanced + (performance.now() - begin) / 1000
    const fetches = front.fetches - fetchedBefore
    console.log(
      `${TOKENS} unknown kids in ${Math.round(passed)} s, the service ${service}: ${fetches} fetches`,
      answers,
    )
    expect(fetches).toBeGreaterThan(1)
    expect(fetches).toBeLessThanOrEqual(Math.floor(passed / COOLDOWN) + 1)
    // A redirect to the login page requires a response that the key does not exist.
    expect(Object.keys(answers)).toEqual(service === 'up' ? ['401'] : expect.arrayContaining(['503']))
    expect(answers[200]).toBeUndefined()
    expect((await app.ask({ access: newcomer.access })).status).toBe(200)
    const warnings = (await app.state()).warnings.filter(({ fields }) => fields.event === 'keys_unavailable')
    expect(warnings).toHaveLength(service === 'up' ? 0 : 1)
  },
)

/** A token with the claims of a genuine one, so that the missing key is the only reason to reject it. */
function tokenLike({ access }: Pair, random: Random): string {
  const kid = `flood-${random.whole(0, 1e9)}`
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid, typ: 'at+jwt' })).toString('base64url')
  const signature = Buffer.from(`${kid}.`.repeat(8)).subarray(0, 64).toString('base64url')
  return [header, access.split('.')[1], signature].join('.')
}
