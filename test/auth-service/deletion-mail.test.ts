import { expect, it } from 'vitest'
import { deletionCancelledMail, deletionMail } from '../../auth-service/src/deletion-mail.ts'
import { ENGLISH } from '../../auth-service/src/languages/index.ts'
import { ISSUER, NOW } from '../support/tokens.ts'

it('tells when the account goes, and how to keep it', () => {
  const { text } = deletionMail(ENGLISH, { dueAt: NOW, authUrl: ISSUER })
  expect(text).toContain('Deleted for good: 15 January 2027 at 08:00 UTC')
  expect(text).toContain(`\n${ISSUER}/login\n`)
})

it('tells that somebody signed in, who may be somebody else', () => {
  const { text } = deletionCancelledMail(ENGLISH, { at: NOW, authUrl: ISSUER })
  expect(text).toContain('Signed in: 15 January 2027 at 08:00 UTC')
  expect(text).toContain(`\n${ISSUER}/account\n`)
})
