import { Hono } from 'hono'
import { isFlow } from '../../../accounts/one-time-tokens.ts'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import { hasPassword } from '../../../users/unusable-password.ts'
import { ConfirmPage, createConfirmation } from '../../components/confirm-it-is-you.tsx'
import { invalid, refusal, refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { wantsJson } from '../../forms/negotiation.ts'
import { isOutdated, textOf } from '../../forms/submission.ts'
import { ownAddress } from '../../middleware/accept-language.ts'
import { type AccountContext, originOf } from '../../middleware/account-origin.ts'
import { CONFIRM_PATH, requireProof } from '../../middleware/require-proof.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import type { Web } from '../../web.ts'

/** `/account/confirm`: the same question by itself, for programs and before a page is shown. */
export function confirmPage(web: Web): Hono<AccountEnv> {
  const { config, formCarrier, forms, reauthentication } = web
  const proof = requireProof(web)
  const ask = createConfirmation(web)
  const onTo = (c: AccountContext, path: unknown) => {
    const address = ownAddress(path, config.authUrl)
    return c.redirect(address === `${config.authUrl}/` ? `${config.authUrl}/account` : address, 303)
  }

  async function proveAsProgram(c: AccountContext) {
    const { user } = c.var.account
    const { fields, refused } = await forms.read(c)
    if (refused) return refuse(c, refused)
    const origin = originOf(c)
    if (hasPassword(user)) {
      const password = await reauthentication.byPassword(user, fields.password, origin)
      return password === undefined ? c.body(null, 204) : invalid('invalid_fields', { password })
    }
    if (fields.send_code === true) {
      if (!sendsMail(config)) return refuse(c, 'no_mail')
      const flow = await reauthentication.sendCode(user, origin)
      return c.json(
        { mailed: true, sealed: formCarrier.seal(user, { path: CONFIRM_PATH, fields: {}, flow }) },
        202,
      )
    }
    const flow = formCarrier.open(user, fields.sealed)?.flow ?? null
    const code = await reauthentication.byCode(user, flow && isFlow(flow) ? flow : null, fields.code, origin)
    return code === undefined ? c.body(null, 204) : invalid('invalid_fields', { code })
  }

  return new Hono<AccountEnv>()
    .get(CONFIRM_PATH, (c) => (c.var.account.isProved ? onTo(c, c.req.query('next')) : askFirst(c)))
    .post(CONFIRM_PATH, async (c) => {
      if (wantsJson(c)) return proveAsProgram(c)
      let landed: Response | undefined
      const answer = await proof(c, async () => {
        landed = await land(c)
      })
      return answer instanceof Response ? answer : (landed as Response)
    })

  /** Goes on to where the user wanted to, or says why the form they sent can't be taken. */
  async function land(c: AccountContext): Promise<Response> {
    const { fields, refused } = await forms.read(c)
    const isUnproved = refused === null && !c.var.account.isProved
    if (isOutdated(refused) || isUnproved) {
      const form = { path: CONFIRM_PATH, fields: { next: textOf(fields, 'next') }, flow: null }
      return ask(c, 403, form, { form: refusal(refused ?? 'expired_form').detail })
    }
    return refused ? refuse(c, refused) : onTo(c, fields.next)
  }

  function askFirst(c: AccountContext) {
    const { user } = c.var.account
    const form = { path: CONFIRM_PATH, fields: { next: c.req.query('next') ?? '' }, flow: null }
    const content = {
      user,
      sealed: formCarrier.seal(user, form),
      errors: {},
      path: CONFIRM_PATH,
      codeSent: false,
    }
    return page(c, 200, <ConfirmPage {...content} mails={sendsMail(config)} />)
  }
}
