import { expect, vi } from 'vitest'

// A setup file: helpers are imported once per worker, and vitest resets what they set after each test file. A journey in
// a browser has dozens of steps, each of which fails by itself if it hangs.
if (/\/test\/(browser\/|frameworks\/|examples\/next-)/.test(expect.getState().testPath ?? '')) {
  vi.setConfig({ testTimeout: 300_000 })
}
