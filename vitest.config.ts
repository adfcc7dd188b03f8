import { defineConfig } from 'vitest/config'

// Sources are tested, not builds: workspace packages resolve to their TypeScript.
const conditions = ['@latchkey/source', 'node']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['jwt-middleware/src/**', 'auth-service/src/**', 'examples/*/src/**'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'artefacts/coverage',
      thresholds: { lines: 90 },
    },
  },
})
