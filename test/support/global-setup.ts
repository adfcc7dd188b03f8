import '../../drizzle/copy-to-packages.ts'
import type { TestProject } from 'vitest/node'
import { findChromium } from './chromium.ts'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
    chromiumPath: string
  }
}

/** Runs once before all tests: a browser, and one Postgres server in which every test file creates its databases. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromiumPath = findChromium()
  project.provide('chromiumPath', chromiumPath)
  console.log(`Browser tests use ${chromiumPath}.`)
  const begin = performance.now()
  const postgres = await startPostgres()
  project.provide('postgresUrl', postgres.url)
  console.log(`A Postgres for the tests is ready after ${Math.round(performance.now() - begin)} ms.`)
  return () => postgres.stop()
}
