import {
  type AuthenticatedUser,
  createAuthCore,
  type Revocation,
  type RevocationSource,
} from '@latchkey/jwt-middleware'
import { median } from './figures.ts'
import { ISSUER, OWN_URL, signIn } from './people.ts'

const CONNECTIONS = 10_000
const ENTRIES = 20_000
const ROUNDS = 7

/** What 10,000 open connections of as many sessions cost: an entry of the feed, the end of a session, and memory. */
export async function measureOpenConnections(): Promise<void> {
  const { jwk, cookies } = await signIn(CONNECTIONS)
  let hear: (entries: readonly Revocation[]) => void = () => {}
  const revocations: RevocationSource = {
    since: async () => ({ last: 0, entries: [] }),
    subscribe(listener) {
      hear = listener
      return () => {}
    },
  }
  const auth = createAuthCore({
    loginUrl: `${ISSUER}/login`,
    ownUrl: OWN_URL,
    refreshCookie: 'auth',
    fetch: async () => Response.json({ keys: [jwk] }),
    revocations,
  })
  const users: AuthenticatedUser[] = []
  for (const cookie of cookies) {
    const header = (name: string) => (name === 'cookie' ? cookie : undefined)
    const { user } = await auth.authenticate({ method: 'GET', target: '/', header })
    if (!user.isAuthenticated) throw new Error(`A user was refused: ${user.reason}`)
    users.push(user)
  }

  let id = 0
  const exp = Math.floor(Date.now() / 1000) + 3600
  /** µs for an entry about a session that is not open here. */
  const entry = () => {
    const begin = process.cpuUsage()
    for (let i = 0; i < ENTRIES; i++) hear([{ id: ++id, sid: `another session ${id}`, exp }])
    const { user, system } = process.cpuUsage(begin)
    return (user + system) / ENTRIES
  }
  let ended = 0
  const openAll = () => users.map((user) => auth.endWithSession(user, { close: () => ended++ }))
  const [none, open]: [number[], number[]] = [[], []]
  entry()
  for (let round = 0; round < ROUNDS; round++) {
    none.push(entry())
    const closings = openAll()
    open.push(entry())
    for (const close of closings) close()
  }

  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  openAll()
  globalThis.gc?.()
  const bytes = (process.memoryUsage().heapUsed - before) / CONNECTIONS

  const begin = performance.now()
  for (const { sessionId } of users) hear([{ id: ++id, sid: sessionId ?? '', exp }])
  const end = ((performance.now() - begin) / CONNECTIONS) * 1000
  if (ended !== CONNECTIONS) throw new Error(`Only ${ended} of ${CONNECTIONS} connections ended.`)
  auth.close()

  console.log(`\nOpen connections: ${CONNECTIONS}, each of its own session`)
  console.log(
    `  an entry about another session: ${median(open).toFixed(2)} µs; while none is open: ${median(none).toFixed(2)} µs`,
  )
  console.log(`  the end of a session, until its connection is closed: ${end.toFixed(1)} µs`)
  const memory = globalThis.gc ? `${Math.round(bytes)} bytes` : 'not measured: start Node with --expose-gc'
  console.log(`  memory for each: ${memory}`)
}
