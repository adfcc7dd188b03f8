/**
 * Loaded before the auth service (`--import`): counts the statements that it sends to its database, and the time until
 * their results. Answers the parent's message `statements` with both since the last one.
 */
import SQLite from 'better-sqlite3'
import pg from 'pg'

export interface Statements {
  readonly count: number
  /** In ms. */
  readonly time: number
}

let [count, time] = [0, 0]

function note(begin: number): void {
  count++
  time += performance.now() - begin
}

type Method = (this: unknown, ...args: unknown[]) => unknown

const statement = Object.getPrototypeOf(new SQLite(':memory:').prepare('SELECT 1')) as Record<string, Method>
for (const name of ['run', 'get', 'all']) {
  const original = statement[name] as Method
  statement[name] = function counted(...args) {
    const begin = performance.now()
    try {
      return original.apply(this, args)
    } finally {
      note(begin)
    }
  }
}

const client = pg.Client.prototype as unknown as { query: Method }
const { query } = client
client.query = function counted(...args) {
  const begin = performance.now()
  const callback = args.at(-1)
  if (typeof callback === 'function') {
    const called = (...results: unknown[]) => {
      note(begin)
      return callback(...results)
    }
    return query.apply(this, [...args.slice(0, -1), called])
  }
  const answer = query.apply(this, args)
  if (answer instanceof Promise) answer.then(() => note(begin)).catch(() => {})
  return answer
}

process.on('message', (message) => {
  if (message !== 'statements') return
  process.send?.({ count, time } satisfies Statements)
  ;[count, time] = [0, 0]
})
