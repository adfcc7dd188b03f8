import type { AdapterCase } from './adapter-case.ts'
import { apiTokenCases } from './api-token-cases.ts'
import { cacheCases } from './cache-cases.ts'
import { guardCases } from './guard-cases.ts'
import { originCases } from './origin-cases.ts'
import { prefetchCases, renewalCases } from './renewal-cases.ts'
import { signOutCases } from './sign-out-cases.ts'
import { tokenCases } from './token-cases.ts'

/**
 * What every adapter does, as requests over real sockets to an app with the routes of `docs/frameworks/your-own.md`. The
 * app may run in any process and any language. Run the cases one after the other: some stop the fake auth service.
 */
export const adapterCases: readonly AdapterCase[] = [
  ...guardCases,
  ...tokenCases,
  ...apiTokenCases,
  ...originCases,
  ...renewalCases,
  ...prefetchCases,
  ...cacheCases,
  ...signOutCases,
]
