import '../../drizzle/copy-to-packages.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { shipDjango } from '../../scripts/ship-django.ts'
import { findChromium } from './chromium.ts'
import { startPostgres } from './postgres.ts'
import { quickFolder } from './quick-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
    chromiumPath: string
    /** For files of the tests; removed after the run. */
    folder: string
  }
}

/** Runs once before all tests: a browser, and one Postgres server in which every test file creates its databases. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shipDjango()
  const chromiumPath = findChromium()
  project.provide('chromiumPath', chromiumPath)
  console.log(`Browser tests use ${chromiumPath}.`)
  const begin = performance.now()
  const postgres = await startPostgres()
  project.provide('postgresUrl', postgres.url)
  console.log(`A Postgres for the tests is ready after ${Math.round(performance.now() - begin)} ms.`)
  const folder = await mkdtemp(join(quickFolder(0.25), 'latchkey-tests-'))
  project.provide('folder', folder)
  return async () => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
