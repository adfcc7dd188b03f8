import { createRequire } from 'node:module'

/** The version of this package. */
export const packageVersion = (): string =>
  createRequire(import.meta.url)('@latchkey/auth-service/package.json').version
