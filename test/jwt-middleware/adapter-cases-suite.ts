import {
  type AdapterPart,
  adapterCases,
  createTestAuth,
  type TestedOptions,
} from '@latchkey/jwt-middleware/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { APP, COOKIE_DOMAIN, ISSUER, recordingLogger } from '../support/tokens.ts'
import { cardPermissions } from './support/card-permissions.ts'

/** The options of `auth()` for the app of the cases. */
export interface CasesOptions extends TestedOptions {
  readonly permissions: typeof cardPermissions
  readonly log: ReturnType<typeof recordingLogger>
}

/** An app with the routes of `docs/frameworks/your-own.md`, on a free port of 127.0.0.1. */
export type StartCasesApp = (
  options: CasesOptions,
) => Promise<{ readonly url: string; close(): Promise<void> }>

/** Runs the exported cases on an adapter of ours. */
export function adapterCasesSuite(
  name: string,
  start: StartCasesApp,
  { except = [] }: { readonly except?: readonly AdapterPart[] } = {},
): void {
  const cases = adapterCases.filter(({ part }) => !except.includes(part))
  const testAuth = createTestAuth({ ownUrl: APP, loginUrl: `${ISSUER}/login`, cookieDomain: COOKIE_DOMAIN })
  let app: Awaited<ReturnType<StartCasesApp>>

  describe(`The exported cases, on the ${name} adapter`, () => {
    beforeAll(async () => {
      app = await start({ ...testAuth.options, permissions: cardPermissions, log: recordingLogger() })
    })
    afterAll(() => app.close())
    for (const one of cases) it(one.name, () => one.run({ origin: app.url, testAuth }))
  })
}
