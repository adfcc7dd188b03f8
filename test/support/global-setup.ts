import '../../drizzle/copy-to-packages.ts'
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

/** Runs once before all tests: one Postgres server, in which every test file makes databases of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const begin = performance.now()
  const postgres = await startPostgres()
  project.provide('postgresUrl', postgres.url)
  console.log(`A Postgres for the tests is ready after ${Math.round(performance.now() - begin)} ms.`)
  return () => postgres.stop()
}
