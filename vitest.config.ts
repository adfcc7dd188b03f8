import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Sources are tested, not builds: workspace packages resolve to their TypeScript.
const conditions = ['@latchkey/source', 'node']
const many = process.env.FAULTS_ROUNDS === 'many'

/** They change what belongs to the whole process, or start many others: each has a process of its own. */
const ISOLATED = [
  'test/auth-service/main.test.ts',
  'test/examples/warm-request.test.ts',
  'test/jwt-middleware/fetch.test.ts',
  'test/jwt-middleware/options.test.ts',
  'test/jwt-middleware/contract/local-fetch.test.ts',
  'test/jwt-middleware/testing/**',
]

/** Much of it waits for browsers, databases and other processes: fewer workers would leave cores idle. */
const maxWorkers = availableParallelism() + 1

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/quick-imports.ts'],
    // Several times what the slowest test takes on a busy machine: what hangs fails soon.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          // Importing the sources takes longer than most files' tests: a worker imports them once for all its files.
          name: 'shared',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/faults/**', ...ISOLATED],
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ISOLATED,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // Dozens of processes: two files at a time, and nothing beside them.
          name: 'faults',
          include: ['test/faults/*.test.ts'],
          setupFiles: ['test/faults/support/report.ts'],
          // They kill and start processes dozens of times.
          testTimeout: many ? 3_600_000 : 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: {
      // Counts in the sources alone; V8's own counting slows all that is loaded, by a third.
      provider: 'istanbul',
      include: ['jwt-middleware/src/**', 'auth-service/src/**', 'examples/*/src/**'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'artefacts/coverage',
      thresholds: { lines: 90 },
    },
  },
})
