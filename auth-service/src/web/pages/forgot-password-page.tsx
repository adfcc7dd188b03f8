import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { sendsMail } from '../../platform/config/mail-config.ts'
import type { FieldErrors } from '../../platform/validation/field-errors.ts'
import type { Service } from '../../service.ts'
import { CheckYourInbox, SHOWN } from '../components/check-your-inbox.tsx'
import { invalid, refusal, refuse } from '../components/error-page.tsx'
import { Field, FormError, PostForm } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { createFlash } from '../forms/flash.ts'
import { createForms, isOutdated, textOf } from '../forms/submission.ts'
import { returningTo } from '../middleware/accept-language.ts'
import { noStore } from '../middleware/no-store.ts'
import { deviceOf } from '../middleware/request-device.ts'
import { createReturnUrls, type ReturnUrl, withNext } from '../sign-in/return-url.ts'

/** Where the form leads. */
const MAILED = '/password/forgot/mailed'

/** `/password/forgot`: mails a link to a new password, and says the same whether there is such an address or not. */
export function forgotPasswordPage(service: Pick<Service, 'apps' | 'config' | 'recovery' | 'warn'>): Hono {
  const { config, recovery } = service
  const returnUrls = createReturnUrls(service)
  const forms = createForms(config)

  const mailedTo = createFlash(config, MAILED)

  const show = (
    c: Context,
    status: ContentfulStatusCode,
    next: ReturnUrl,
    email = '',
    errors: FieldErrors = {},
  ) => page(c, status, <ForgotPage csrf={forms.token(c)} {...{ next, email, errors }} />)

  return new Hono()
    .use('/password/forgot/*', noStore)
    .use('/password/forgot/*', async (c, next) => (sendsMail(config) ? next() : refuse(c, 'no_mail')))
    .get('/password/forgot', (c) => show(c, 200, returnUrls.fromQuery(c)))
    .post('/password/forgot', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const next = returnUrls.read(fields.next ?? c.req.query('next'))
      returningTo(c, withNext('/password/forgot', next))
      const email = textOf(fields, 'email')
      if (isOutdated(refused) && !json) return show(c, 403, next, email, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)

      const errors = await recovery.forgot(fields.email, deviceOf(c), next.href)
      if (Object.keys(errors).length > 0) {
        return json ? invalid(422, errors) : show(c, 422, next, email, errors)
      }
      if (json) return c.json({ mailed: true }, 202)
      mailedTo.set(c, email, SHOWN)
      return c.redirect(withNext(MAILED, next), 303)
    })
    .get(MAILED, (c) => page(c, 200, <LinkSentPage email={mailedTo.of(c)} next={returnUrls.fromQuery(c)} />))
}

const LinkSentPage = ({ email, next }: { email: string | null; next: ReturnUrl }) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <CheckYourInbox>
      <p>
        {email === null
          ? t('If there is an account with your address, we have mailed it a link to choose a new password.')
          : rich(
              'If there is an account with the address {email}, we have mailed it a link to choose a new password.',
              { email: <strong>{email}</strong> },
            )}
      </p>
      <p class="muted">
        {rich(
          'Nothing came? Look among the spam, too, or <a>try again</a> with the address that you registered with.',
          { a: (words) => <a href={withNext('/password/forgot', next)}>{words}</a> },
        )}
      </p>
    </CheckYourInbox>
  )
}

interface ForgotPageProps {
  readonly csrf: string
  readonly next: ReturnUrl
  readonly email: string
  readonly errors: FieldErrors
}

const ForgotPage = ({ csrf, next, email, errors }: ForgotPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Forgot your password?')} errors={errors}>
      <div class="card">
        <h1>{t('Forgot your password?')}</h1>
        <FormError words={errors.form} />
        <p>{t('We mail you a link to choose a new one.')}</p>
        <PostForm action="/password/forgot" csrf={csrf} next={next}>
          <Field
            name="email"
            label={t('E-mail')}
            type="email"
            autocomplete="username"
            value={email}
            error={errors.email}
          />
          <button class="button full" type="submit">
            {t('Mail me a link')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href={withNext('/login', next)}>{t('Back to signing in')}</a>
      </p>
    </Layout>
  )
}
