import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Entry } from './trace.ts'

/** The functions that each request entered, in order. */
export type Walks = Readonly<Record<string, readonly Entry[]>>

/** How many files a request may visit, and how often it may return to a file that it had left. */
const PROMISED: Readonly<Record<string, { readonly files: number; readonly turns: number }>> = {
  'sign-in': { files: 40, turns: 40 },
  renewal: { files: 35, turns: 60 },
}

/**
 * Prints how many files a sign-in (`POST /login` of a new device) and a renewal (in an app and at the auth service)
 * visit, and how often they return to a file, in the built packages. `WALKS_PATH=1` prints the files.
 *
 * The goals are about every function call. The second figure leaves out functions of one expression that use nothing of
 * other files of ours, such as `unixTime(now)`, `randomToken()` or a callback that reads a property: a reader knows them
 * by their names, and opens no file for them.
 */
export async function measureWalks(): Promise<void> {
  console.log('\nFiles that a request visits, and returns to a file that it had left:')
  const child = fork(new URL('walking.ts', import.meta.url), {
    execArgv: ['--import', new URL('trace.ts', import.meta.url).href],
  })
  const [walks] = (await once(child, 'message')) as [Walks]
  for (const [request, entered] of Object.entries(walks)) {
    const { path, files, turns } = walkOf(entered)
    const read = walkOf(entered.filter(([, isOneLine]) => !isOneLine))
    const promised = PROMISED[request]
    const met = promised && files <= promised.files && turns <= promised.turns
    const goal = promised
      ? ` (at most ${promised.files} and ${promised.turns}: ${met ? 'met' : 'NOT met'})`
      : ''
    console.log(
      `${request}: ${files} files, ${turns} returns${goal}; ` +
        `without functions of one expression: ${read.files} and ${read.turns}`,
    )
    if (process.env.WALKS_PATH) console.log(path.map((file) => `  ${file}`).join('\n'))
  }
}

/** The files in the order of the walk, how many there are, and how often it returns to one. */
function walkOf(entries: readonly Entry[]) {
  const entered = entries.map(([file]) => file)
  const path = entered.filter((file, at) => file !== entered[at - 1])
  const files = new Set(path).size
  return { path, files, turns: path.length - files }
}
