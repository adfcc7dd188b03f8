import { knownAddressMail } from '../../../auth-service/src/accounts/mails/already-registered.ts'
import {
  changeEmailMail,
  emailChangeAskedMail,
} from '../../../auth-service/src/accounts/mails/change-email.ts'
import { invitationMail } from '../../../auth-service/src/accounts/mails/invitation.ts'
import { passwordChangedMail } from '../../../auth-service/src/accounts/mails/password-changed.ts'
import { reauthenticationMail } from '../../../auth-service/src/accounts/mails/proof-link.ts'
import { resetPasswordMail } from '../../../auth-service/src/accounts/mails/reset-password.ts'
import { signInMail } from '../../../auth-service/src/accounts/mails/sign-in-code.ts'
import { confirmAddressMail } from '../../../auth-service/src/accounts/mails/verify-email.ts'
import type { Language } from '../../../auth-service/src/platform/i18n/language.ts'
import type { EmailContent } from '../../../auth-service/src/platform/mail/outbox.ts'
import type { Sender } from '../../../auth-service/src/platform/mail/template.ts'
import { tokenReuseMail } from '../../../auth-service/src/tokens/mails/token-reuse.ts'
import { deletionCancelledMail, deletionMail } from '../../../auth-service/src/users/mails/deletion.ts'
import { emailChangedMail } from '../../../auth-service/src/users/mails/email-changed.ts'
import { NOW } from '../../support/tokens.ts'

/** One email of each kind. */
export function everyEmail(language: Language, sender: Sender): EmailContent[] {
  const link = `${sender.authUrl}/somewhere?token=${'t'.repeat(43)}&next=${encodeURIComponent('https://a.example/?b=1&c=2')}`
  const device = 'Safari on iPhone'
  const from = 'Berlin, Germany (192.0.2.7)'
  return [
    confirmAddressMail(language, sender, link),
    knownAddressMail(language, sender),
    signInMail(language, sender, link, '012345'),
    reauthenticationMail(language, sender, '012345'),
    resetPasswordMail(language, sender, link),
    passwordChangedMail(language, sender, { at: NOW, device, from }),
    changeEmailMail(language, sender, link),
    emailChangeAskedMail(language, sender),
    emailChangedMail(language, sender),
    deletionMail(language, sender, { dueAt: NOW }),
    deletionCancelledMail(language, sender, { at: NOW }),
    tokenReuseMail(language, sender, { device, from, signedInAt: NOW, noticedAt: NOW + 60 }),
    invitationMail(language, sender, { link, expiresAt: NOW }),
  ]
}
