import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Message } from '../../platform/i18n/message.ts'
import { FormError, PostForm } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useTranslation } from '../components/translate.tsx'
import type { Problems } from '../forms/form-page.ts'
import { noStore } from '../middleware/security-headers.ts'
import { addCookies } from '../middleware/set-cookies.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import { createTellProviders } from '../sign-in/tell-providers.ts'
import type { Web } from '../web.ts'

/** `/logout`: GET asks, POST ends the session and deletes both cookies. */
export function logoutPage(web: Web): Hono {
  const { formPage, redirectLoops, returnUrls, sessions } = web
  const tellProviders = createTellProviders(web)
  const show = (c: Context, status: ContentfulStatusCode, next: ReturnUrl, { errors }: Problems = {}) =>
    page(c, status, <LogoutPage next={next} error={errors?.form} />)

  const onSubmit = formPage({
    values: (c: Context, fields) => returnUrls.fromForm(c, fields),
    address: (_, next) => withNext('/logout', next),
    show,
  })

  return new Hono()
    .use('/logout', noStore)
    .get('/logout', (c) => show(c, 200, returnUrls.fromQuery(c)))
    .post(
      '/logout',
      onSubmit(async (c, { json, values: next }) => {
        const cookies = c.var.device.cookies
        const landing = returnUrls.landing(next, '/login', 'signed_out')
        const to = json ? landing : await tellProviders(await sessions.idsFrom(cookies), landing)
        const ended = await sessions.endFrom(cookies, c.var.device)
        addCookies(c, sessions.clearCookies(cookies))
        redirectLoops.forget(c)
        return { to, body: { sessions: ended, next: to } }
      }),
    )
}

interface LogoutPageProps {
  readonly next: ReturnUrl
  readonly error?: Message | undefined
}

const LogoutPage = ({ next, error }: LogoutPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Sign out')}>
      <div class="card">
        <h1>{t('Sign out?')}</h1>
        <FormError words={error} />
        <p>{t('You will be signed out of all apps on this device.')}</p>
        <PostForm action="/logout" next={next}>
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
