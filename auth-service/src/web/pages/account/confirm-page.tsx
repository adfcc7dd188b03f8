import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import { ConfirmPage, createConfirmation } from '../../components/confirm-it-is-you.tsx'
import { refusal, refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { Problems, Sent } from '../../forms/form-page.ts'
import { textOf } from '../../forms/submission.ts'
import { ownAddress } from '../../middleware/accept-language.ts'
import type { AccountContext } from '../../middleware/account-origin.ts'
import { createProveIdentity } from '../../middleware/prove-identity.ts'
import { CONFIRM_PATH, requireProof } from '../../middleware/require-proof.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import type { Web } from '../../web.ts'

/** `/account/confirm`: the confirmation page by itself, for programs and before a page is shown. */
export function confirmPage(web: Web): Hono<AccountEnv> {
  const { config, formCarrier, formPage } = web
  const proof = requireProof(web)
  const ask = createConfirmation(web)
  const prove = createProveIdentity(web)

  const formFor = (next: string) => ({ path: CONFIRM_PATH, fields: { next }, flow: null })
  const show = (c: AccountContext, status: ContentfulStatusCode, next: string, { errors }: Problems) =>
    ask(c, status, formFor(next), errors)

  const onSubmit = formPage({ values: (_: AccountContext, fields) => textOf(fields, 'next'), show })

  /** Where the user wanted to go. */
  function targetOf(path: string): string {
    const address = ownAddress(path, config.authUrl)
    return address === `${config.authUrl}/` ? `${config.authUrl}/account` : address
  }

  async function proveAsProgram(c: AccountContext, { fields, values: next }: Sent<string>) {
    const { user } = c.var.account
    const proof = await prove(c, fields, formCarrier.open(user, fields.sealed)?.flow ?? null)
    if (proof.state === 'no_mail') return refuse(c, 'no_mail')
    if (proof.state === 'wrong') return { errors: proof.errors }
    const to = targetOf(next)
    if (proof.state === 'proved') return { to }
    const sealed = formCarrier.seal(user, { path: CONFIRM_PATH, fields: {}, flow: proof.flow })
    return { to, body: { mailed: true, sealed }, status: 202 } as const
  }

  function askFirst(c: AccountContext) {
    const { user } = c.var.account
    const content = {
      user,
      sealed: formCarrier.seal(user, formFor(c.req.query('next') ?? '')),
      errors: {},
      path: CONFIRM_PATH,
      codeSent: false,
    }
    return page(c, 200, <ConfirmPage {...content} mails={sendsMail(config)} />)
  }

  return new Hono<AccountEnv>()
    .get(CONFIRM_PATH, (c) =>
      c.var.account.isProved ? c.redirect(targetOf(c.req.query('next') ?? ''), 303) : askFirst(c),
    )
    .post(
      CONFIRM_PATH,
      (c, next) => (wantsJson(c) ? next() : proof(c, next)),
      onSubmit((c, sent) => {
        if (sent.json) return proveAsProgram(c, sent)
        if (c.var.account.isProved) return { to: targetOf(sent.values) }
        return show(c, 403, sent.values, { errors: { form: refusal('expired_form').detail } })
      }),
    )
}
