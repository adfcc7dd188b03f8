import { failure, success } from '@latchkey/jwt-middleware/contract'
import { OPERATOR } from '../../events/audit-log.ts'
import { asJson, JSON_OPTION, moment, type ServiceCommand } from '../command.ts'

/** `latchkey invite`, like the administrators' page. */
export const invite: ServiceCommand = {
  usage: '[EMAIL] [--staff] [--json]',
  summary: 'mails somebody a link to register by; without an address, prints one for anybody',
  operands: [0, 1],
  options: { ...JSON_OPTION, staff: { type: 'boolean' } },
  async run({ config, invitations }, { operands: [email], options }) {
    const result = await invitations.invite({ email, is_staff: options.staff === true }, OPERATOR)
    if (!result.ok) return failure(Object.values(result.errors).join(' '))
    const { invitation, link } = result
    const until = moment(invitation.expiresAt)
    if (options.json) {
      return success(
        asJson({ id: invitation.id, email: invitation.email, expires_at: invitation.expiresAt, link }),
      )
    }
    if (link !== null) return success(`Whoever opens this first may register, until ${until}:\n${link}`)
    const sent = config.smtp ? 'A mail is on its way' : 'SMTP_URL is not set, so the mail is kept, not sent'
    return success(`Invited ${invitation.email}, until ${until}. ${sent}.`)
  },
}
