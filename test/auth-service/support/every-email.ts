import { knownAddressMail } from '../../../auth-service/src/accounts/mails/already-registered.ts'
import {
  changeEmailMail,
  emailChangeAskedMail,
} from '../../../auth-service/src/accounts/mails/change-email.ts'
import { invitationMail } from '../../../auth-service/src/accounts/mails/invitation.ts'
import { newDeviceMail } from '../../../auth-service/src/accounts/mails/new-device.ts'
import { passwordChangedMail } from '../../../auth-service/src/accounts/mails/password-changed.ts'
import { reauthenticationMail } from '../../../auth-service/src/accounts/mails/proof-link.ts'
import { resetPasswordMail } from '../../../auth-service/src/accounts/mails/reset-password.ts'
import { signInMail } from '../../../auth-service/src/accounts/mails/sign-in-code.ts'
import { confirmAddressMail } from '../../../auth-service/src/accounts/mails/verify-email.ts'
import type { Language } from '../../../auth-service/src/platform/i18n/language.ts'
import type { EmailContent, Sender } from '../../../auth-service/src/platform/mail/build-email.ts'
import { writeMail } from '../../../auth-service/src/platform/mail/mail-reader.ts'
import { tokenReuseMail } from '../../../auth-service/src/tokens/mails/token-reuse.ts'
import { deletionCancelledMail, deletionMail } from '../../../auth-service/src/users/mails/deletion.ts'
import { emailChangedMail } from '../../../auth-service/src/users/mails/email-changed.ts'
import { NOW } from '../../support/tokens.ts'

const DEVICE = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  address: '192.0.2.7',
}

/** One email of each kind. */
export function everyEmail(language: Language, sender: Sender): EmailContent[] {
  const link = `${sender.authUrl}/somewhere?token=${'t'.repeat(43)}&next=${encodeURIComponent('https://a.example/?b=1&c=2')}`
  const writing = { language, sender, locate: () => 'Berlin, Germany' }
  return [
    confirmAddressMail(language, sender, link),
    knownAddressMail(language, sender),
    signInMail(language, sender, link, '012345'),
    reauthenticationMail(language, sender, '012345'),
    resetPasswordMail(language, sender, link),
    writeMail(passwordChangedMail, { at: NOW, ...DEVICE }, writing),
    writeMail(newDeviceMail, { at: NOW, ...DEVICE }, writing),
    changeEmailMail(language, sender, link),
    emailChangeAskedMail(language, sender),
    emailChangedMail(language, sender),
    deletionMail(language, sender, { dueAt: NOW }),
    deletionCancelledMail(language, sender, { at: NOW }),
    writeMail(tokenReuseMail, { ...DEVICE, signedInAt: NOW, noticedAt: NOW + 60 }, writing),
    invitationMail(language, sender, { link, expiresAt: NOW }),
  ]
}
