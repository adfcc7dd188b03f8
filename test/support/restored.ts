import { afterAll, vi } from 'vitest'

// Another test file comes next in this process: what this one forgot must not make that one fail by chance.
const env = { ...process.env }

// The first hook to be registered runs last.
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  vi.resetConfig()
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
})
