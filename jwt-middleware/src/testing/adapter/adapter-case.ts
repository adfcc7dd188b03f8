import type { TestAuth } from '../test-auth.ts'
import { type CaseClient, createCaseClient } from './case-client.ts'

/**
 * An app behind the adapter under test, listening. `docs/frameworks/your-own.md` has its routes.
 */
export interface AppUnderTest {
  /** Where it listens, for example `http://127.0.0.1:3000`. Requests carry the `Host` of `ownUrl`. */
  readonly origin: string
  /** What its settings come from: `testAuth.options`, or `env` of `await testAuth.listen()`. */
  readonly testAuth: TestAuth
}

/** What a case is about, so that an adapter without API tokens, say, leaves those cases out. */
export type AdapterPart =
  | 'users'
  | 'guards'
  | 'tokens'
  | 'bearer'
  | 'api-tokens'
  | 'origins'
  | 'websockets'
  | 'renewal'
  | 'prefetches'
  | 'caches'
  | 'sign-out'

/** One case, for any test runner: `for (const { name, run } of adapterCases) test(name, () => run(app))`. */
export interface AdapterCase {
  readonly part: AdapterPart
  readonly name: string
  /** Rejects with an AssertionError that names the request and what was wrong with its answer. */
  run(app: AppUnderTest): Promise<void>
}

/** A case, given the browsers and programs that ask the app. */
export type CaseCheck = (client: CaseClient) => Promise<void>

export const casesOf = (part: AdapterPart, checks: Readonly<Record<string, CaseCheck>>): AdapterCase[] =>
  Object.entries(checks).map(([name, check]) => ({
    part,
    name,
    run: (app) => check(createCaseClient(app.origin, app.testAuth)),
  }))
