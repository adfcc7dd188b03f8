import { setTimeout } from 'node:timers/promises'
import { afterAll, vi } from 'vitest'

const RESOURCES: Readonly<Record<string, string>> = {
  TCPServerWrap: 'a server that listens',
  PipeServerWrap: 'a server that listens',
  ProcessWrap: 'a process that runs',
}

// Another test file comes next in this process: what this one forgot must not make that one fail by chance.
const env = { ...process.env }
const before = lasting()

// The first hook to be registered runs last.
afterAll(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  vi.resetConfig()
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
  const left = await leftovers()
  if (left.length > 0) {
    throw new Error(
      `This file leaves behind: ${left.join(', ')}. Other files run in its process: undo it in afterEach() or ` +
        'afterAll(), or list the file as ALONE in vitest.config.ts.',
    )
  }
})

/** What can't be restored from outside, and how many there are of each. */
function lasting(): ReadonlyMap<string, number> {
  const all = [
    ...process.getActiveResourcesInfo().flatMap((type) => RESOURCES[type] ?? []),
    // Libraries' own begin with two underscores, and their listeners for the end of the process do no harm before it.
    ...Object.getOwnPropertyNames(globalThis).flatMap((name) =>
      name.startsWith('__') ? [] : `the global ${name}`,
    ),
    ...process.eventNames().flatMap((event) => {
      if (/exit/i.test(String(event))) return []
      const name = `a listener of process for ${String(event)}`
      return Array.from({ length: process.listenerCount(event) }, () => name)
    }),
  ]
  return new Map(
    Object.entries(Object.groupBy(all, (one) => one)).map(([one, group]) => [one, group?.length ?? 0]),
  )
}

/** Servers and processes end a moment after they were told to. */
const PATIENCE = 10_000

async function leftovers(): Promise<string[]> {
  const deadline = performance.now() + PATIENCE
  for (;;) {
    const left = [...lasting()].flatMap(([what, count]) => (count > (before.get(what) ?? 0) ? [what] : []))
    if (left.length === 0 || performance.now() > deadline) return left
    await setTimeout(20)
  }
}
