import { LatchkeyError } from '../contract/errors.ts'

/**
 * Test keys must never sign a user in to a real app.
 * @throws LatchkeyError `testing_in_production` if `NODE_ENV` is `production`
 */
export function refuseProduction(caller: string): void {
  if (process.env.NODE_ENV !== 'production') return
  throw new LatchkeyError(
    'testing_in_production',
    `${caller} signs users in without a password, so it does not run with NODE_ENV=production. ` +
      'Import @latchkey/jwt-middleware/testing in tests only, and set NODE_ENV to test there.',
  )
}
