import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Words } from '../../platform/i18n/message.ts'
import type { Service } from '../../service.ts'
import { refusal, refuse } from '../components/error-page.tsx'
import { FormError, PostForm } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useTranslation } from '../components/translate.tsx'
import { createForms, isOutdated } from '../forms/submission.ts'
import { returningTo } from '../middleware/accept-language.ts'
import { noStore } from '../middleware/no-store.ts'
import { deviceOf } from '../middleware/request-device.ts'
import { createRedirectCounter } from '../sign-in/redirect-counter.ts'
import { createReturnUrls, type ReturnUrl, withNext } from '../sign-in/return-url.ts'

/** `/logout`: GET asks, POST ends the session and takes both cookies away. */
export function logoutPage(service: Service): Hono {
  const { config, sessions } = service
  const returnUrls = createReturnUrls(service)
  const forms = createForms(config)
  const redirectCounter = createRedirectCounter({ ...config, now: service.now })

  const show = (c: Context, status: ContentfulStatusCode, next: ReturnUrl, error?: Words) =>
    page(c, status, <LogoutPage csrf={forms.token(c)} next={next} error={error} />)

  return new Hono()
    .use('/logout', noStore)
    .get('/logout', (c) => show(c, 200, returnUrls.fromQuery(c)))
    .post('/logout', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const next = returnUrls.read(fields.next ?? c.req.query('next'))
      returningTo(c, withNext('/logout', next))
      if (isOutdated(refused) && !json) return show(c, 403, next, refusal(refused).detail)
      if (refused) return refuse(c, refused)

      const header = c.req.header('cookie')
      await sessions.endFrom(header, deviceOf(c))
      for (const cookie of sessions.clearCookies(header)) c.header('Set-Cookie', cookie, { append: true })
      redirectCounter.forget(c)
      const landing = returnUrls.landing(next, '/login', 'signed_out')
      return json ? c.json({ next: landing }) : c.redirect(landing, 303)
    })
}

interface LogoutPageProps {
  readonly csrf: string
  readonly next: ReturnUrl
  readonly error?: Words | undefined
}

const LogoutPage = ({ csrf, next, error }: LogoutPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Sign out')}>
      <div class="card">
        <h1>{t('Sign out?')}</h1>
        <FormError words={error} />
        <p>{t('You will be signed out of every app here, on this device.')}</p>
        <PostForm action="/logout" csrf={csrf} next={next}>
          <button class="button full" type="submit">
            {t('Sign out')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href={next.href ?? '/account'}>{t('Stay signed in')}</a>
      </p>
    </Layout>
  )
}
