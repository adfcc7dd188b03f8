import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Sources are tested, not builds: workspace packages resolve to their TypeScript.
const conditions = ['@latchkey/source', 'node']
const many = process.env.FAULTS_ROUNDS === 'many'

// As in test/run.ts.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'artefacts/compile-cache')

/** Files with a process of their own: they replace modules, change globals, or watch all that the process does. */
const ALONE = [
  'test/auth-service/accounts/passwords/passwords.test.ts',
  'test/auth-service/platform/crypto/min-duration.test.ts',
  'test/auth-service/platform/database/form-answers.test.ts',
  'test/auth-service/platform/database/query-plans.test.ts',
  'test/auth-service/platform/net/public-fetch.test.ts',
  'test/auth-service/platform/process/fast-startup.test.ts',
  'test/auth-service/web/pages/corpora.test.ts',
  // Servers of frameworks, such as Next's, run in their process.
  'test/bench/*.test.ts',
  'test/docs/frameworks.test.ts',
  'test/jwt-middleware/next-pages.test.ts',
  'test/jwt-middleware/next.test.ts',
  'test/jwt-middleware/oidc/oidc-next.test.ts',
  'test/jwt-middleware/oidc/oidc-option.test.ts',
  'test/docs/recipe-modules.test.ts',
  'test/docs/recipes.test.ts',
  'test/examples/warm-request.test.ts',
  'test/jwt-middleware/fetch.test.ts',
  // They start processes and import little: sharing would save nothing.
  'test/docs/shell-blocks.test.ts',
  'test/examples/{all-frameworks,demo,next-partner,next-site}.test.ts',
  'test/{first-hour,frameworks,oldest-versions}/*.test.ts',
  'test/interop/{django-*,saml-providers}.test.ts',
]

/** Those of `npm run test:faults` start dozens of processes. */
const FAULTS = 'test/faults/**'

/** Much of it waits for browsers, databases and other processes: fewer workers would leave cores idle. */
const maxWorkers = availableParallelism() + 1

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: [
      'test/support/quick-imports.ts',
      'test/support/journey-timeout.ts',
      // `npm run test:cpu` asks for it.
      ...(process.env.TEST_CPU ? ['test/support/cpu-report.ts'] : []),
    ],
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
          exclude: [FAULTS, ...ALONE],
          setupFiles: ['test/support/restored.ts'],
          // Also of the threads that hash passwords.
          execArgv: [`--require=${import.meta.dirname}/test/support/quick-bcrypt.cjs`],
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ALONE,
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
      // Counting takes an eighth of the tests' time: .ci/run does it.
      enabled: process.env.COVERAGE === 'on',
      // Counts in the sources alone; V8's own counting slows all that is loaded, by a third.
      provider: 'istanbul',
      include: ['jwt-middleware/src/**', 'auth-service/src/**', 'examples/*/src/**'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'artefacts/coverage',
      thresholds: { lines: 90 },
    },
  },
})
