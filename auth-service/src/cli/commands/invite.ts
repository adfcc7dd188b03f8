import { failure, success } from '@latchkey/jwt-middleware/contract'
import { OPERATOR } from '../../events/audit-log.ts'
import { asJson, JSON_OPTION, moment, type ServiceCommand } from '../command.ts'

/** `latchkey invite`, like the administrators' page. */
export const invite: ServiceCommand = {
  usage: '[EMAIL] [--staff] [--json]',
  summary: 'sends an invitation link by email; without an address, prints a link that anyone can use',
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
    if (link !== null)
      return success(`The first person to open this link can register, until ${until}:\n${link}`)
    const sent = config.smtp
      ? 'The email is on its way'
      : 'SMTP_URL is not set, so the email was stored and not sent'
    return success(`Invited ${invitation.email} until ${until}. ${sent}.`)
  },
}
