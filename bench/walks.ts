import { fork } from 'node:child_process'
import { once } from 'node:events'

/** The files that each request entered, in order: one entry per function call. */
export type Walks = Readonly<Record<string, readonly string[]>>

/** How many files a request may visit, and how often it may return to a file that it had left. */
const PROMISED: Readonly<Record<string, { readonly files: number; readonly turns: number }>> = {
  'sign-in': { files: 40, turns: 40 },
  renewal: { files: 35, turns: 60 },
}

/**
 * Prints how many files a sign-in (`POST /login` of a new device) and a renewal (in an app and at the auth service)
 * visit, and how often they return to a file, in the built packages.
 */
export async function measureWalks(): Promise<void> {
  console.log('\nFiles that a request visits, and returns to a file that it had left:')
  const child = fork(new URL('walking.ts', import.meta.url), {
    execArgv: ['--import', new URL('trace.ts', import.meta.url).href],
  })
  const [walks] = (await once(child, 'message')) as [Walks]
  for (const [request, entered] of Object.entries(walks)) {
    const path = entered.filter((file, at) => file !== entered[at - 1])
    const files = new Set(path)
    const turns = path.length - files.size
    const promised = PROMISED[request]
    const met = promised && files.size <= promised.files && turns <= promised.turns
    const goal = promised
      ? ` (at most ${promised.files} and ${promised.turns}: ${met ? 'met' : 'NOT met'})`
      : ''
    console.log(`${request}: ${files.size} files, ${turns} returns${goal}`)
    if (process.env.WALKS_PATH) console.log(path.map((file) => `  ${file}`).join('\n'))
  }
}
