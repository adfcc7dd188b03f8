import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { sendsMail } from '../../platform/config/mail-config.ts'
import { CheckYourInbox, SHOWN } from '../components/check-your-inbox.tsx'
import { EmailRequest } from '../components/email-request.tsx'
import { refuse } from '../components/error-page.tsx'
import { page } from '../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { createFlash } from '../forms/flash.ts'
import type { Problems, WithErrors } from '../forms/form-page.ts'
import { textOf } from '../forms/submission.ts'
import { noStore } from '../middleware/security-headers.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import type { Web } from '../web.ts'

/** The target of the form. */
const MAILED = '/password/forgot/mailed'

/** `/password/forgot`: emails a password reset link, and responds the same for every address. */
export function forgotPasswordPage({ config, formPage, passwordReset, returnUrls }: Web): Hono {
  const mailedTo = createFlash(config, MAILED)

  const show = (
    c: Context,
    status: ContentfulStatusCode,
    { next, email }: Filled,
    { errors }: Problems = {},
  ) => page(c, status, <ForgotPage {...{ next, email, errors }} />)

  const onSubmit = formPage({
    values: (c: Context, fields): Filled => ({
      next: returnUrls.fromForm(c, fields),
      email: textOf(fields, 'email'),
    }),
    address: (_, { next }) => withNext('/password/forgot', next),
    show,
  })

  return new Hono()
    .use('/password/forgot/*', noStore)
    .use('/password/forgot/*', async (c, next) => (sendsMail(config) ? next() : refuse(c, 'no_mail')))
    .get('/password/forgot', (c) => show(c, 200, { next: returnUrls.fromQuery(c), email: '' }))
    .post(
      '/password/forgot',
      onSubmit(async (c, { fields, json, values: { next, email } }) => {
        const errors = await passwordReset.requestReset(fields.email, c.var.device, next.href)
        if (Object.keys(errors).length > 0) return { errors }
        if (!json) mailedTo.set(c, email, SHOWN)
        return { to: withNext(MAILED, next), body: { mailed: true }, status: 202 }
      }),
    )
    .get(MAILED, (c) => page(c, 200, <LinkSentPage email={mailedTo.of(c)} next={returnUrls.fromQuery(c)} />))
}

interface Filled {
  readonly next: ReturnUrl
  readonly email: string
}

const LinkSentPage = ({ email, next }: { email: string | null; next: ReturnUrl }) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <CheckYourInbox>
      <p>
        {email === null
          ? t('If your address has an account, we have sent you a link to choose a new password.')
          : rich('If {email} has an account, we have sent a link to choose a new password there.', {
              email: <strong>{email}</strong>,
            })}
      </p>
      <p class="muted">
        {rich(
          'No email? Check your spam folder, or <a>try again</a> with the address that you registered with.',
          { a: (words) => <a href={withNext('/password/forgot', next)}>{words}</a> },
        )}
      </p>
    </CheckYourInbox>
  )
}

const ForgotPage = ({ next, email, errors }: Filled & WithErrors) => {
  const t = useTranslation()
  return (
    <EmailRequest
      {...{ next, email, errors }}
      action="/password/forgot"
      title={t('Forgot your password?')}
      explanation={t('We send you a link to choose a new password.')}
      button={t('Send me a link')}
      back={t('Back to sign-in')}
    />
  )
}
