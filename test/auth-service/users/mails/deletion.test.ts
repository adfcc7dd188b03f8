import { expect, it } from 'vitest'
import { ENGLISH } from '../../../../auth-service/src/platform/i18n/languages.ts'
import { deletionCancelledMail, deletionMail } from '../../../../auth-service/src/users/mails/deletion.ts'
import { ISSUER, NOW } from '../../../support/tokens.ts'
import { testConfig } from '../../support/services.ts'

it('says when the account will be deleted, how to keep it, and to change a password that others know', () => {
  const { text } = deletionMail(ENGLISH, testConfig(), { dueAt: NOW })
  expect(text).toContain('Permanent deletion: 15 January 2027 at 08:00 UTC')
  expect(text).toContain(`\n${ISSUER}/login\n`)
  expect(text).toContain(`\n${ISSUER}/account/password\n`)
})

it("reports the sign-in, which may be a stranger's", () => {
  const { text } = deletionCancelledMail(ENGLISH, testConfig(), { at: NOW })
  expect(text).toContain('Signed in: 15 January 2027 at 08:00 UTC')
  expect(text).toContain(`\n${ISSUER}/account/password\n`)
  expect(text).toContain(`\n${ISSUER}/account\n`)
})
