import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { deviceOf } from '../http/device.ts'
import { createEntrance } from '../http/entrance.ts'
import { returningTo } from '../http/language.ts'
import { wantsJson } from '../http/negotiation.ts'
import { createNextReader, type Next, withNext } from '../http/next.ts'
import { privately } from '../http/private.ts'
import { keepingAddress } from '../http/security-headers.ts'
import { createForms, isOutdated, textOf } from '../http/submission.ts'
import { message, type Words } from '../languages/message.ts'
import type { Service } from '../service.ts'
import type { User } from '../users.ts'
import { deadLink, tokenOf } from './dead-link.tsx'
import { FormError, PostForm } from './form.tsx'
import { Layout, page } from './layout.tsx'
import { showLoop } from './loop.tsx'
import { invalid, refusal, refuse } from './refusals.tsx'
import { useRich, useWords } from './words.tsx'

/**
 * `/verify-email`: where the mailed link leads. GET only asks, since programs that look for malware open every link;
 * POST confirms the address and signs in.
 */
export function verifyEmailPage(service: Service): Hono {
  const { accounts, config, verification } = service
  const nexts = createNextReader(config, service.apps)
  const forms = createForms(config)
  const entrance = createEntrance(service, nexts, (c, next, loop) => showLoop(c, config, next, loop))

  const dead = (c: Context, next: Next) =>
    deadLink(
      c,
      message('If your address is not confirmed yet, <a>sign in</a>, and we mail you another link.'),
      withNext('/login', next),
    )

  const show = (c: Context, status: ContentfulStatusCode, asked: Asked) =>
    page(c, status, <VerifyPage csrf={forms.token(c)} {...asked} />)

  return new Hono()
    .use('/verify-email', privately, keepingAddress)
    .get('/verify-email', async (c) => {
      const next = nexts.fromQuery(c)
      const token = tokenOf(c) ?? ''
      returningTo(c, addressOf(token, next))
      const user = await verification.find(token)
      if (!user) return dead(c, next)
      return wantsJson(c) ? c.json({ email: user.email }) : show(c, 200, { token, user, next })
    })
    .post('/verify-email', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const next = nexts.read(fields.next)
      const token = textOf(fields, 'token')
      returningTo(c, addressOf(token, next))
      if (isOutdated(refused) && !json) {
        const user = await verification.find(token)
        if (!user) return dead(c, next)
        return show(c, 403, { token, user, next, error: refusal(refused).detail })
      }
      if (refused) return refuse(c, refused)

      const user = await verification.confirm(token, deviceOf(c))
      if (!user) return dead(c, next)
      if (!json && (await entrance.resume(c, user))) {
        return c.redirect(nexts.landing(next, '/account', 'email_confirmed'), 303)
      }
      const outcome = await accounts.enter(user, deviceOf(c), true, 'link')
      if (!outcome.ok) return invalid(422, outcome.errors)
      const { value, deletionCancelled } = outcome
      const notice = 'email_confirmed'
      return entrance.welcome(c, value, next, { json, status: 200, notice, deletionCancelled })
    })
}

const addressOf = (token: string, next: Next) => withNext('/verify-email', next, { token })

interface Asked {
  readonly token: string
  readonly user: User
  readonly next: Next
  readonly error?: Words
}

const VerifyPage = ({ csrf, token, user, next, error }: Asked & { readonly csrf: string }) => {
  const t = useWords()
  const rich = useRich()
  return (
    <Layout title={t('Confirm your e-mail address')}>
      <div class="card">
        <h1>{t('Confirm your e-mail address')}</h1>
        <FormError words={error} />
        <p>
          {rich('Is {email} your address, and did you make an account with it?', {
            email: <strong>{user.email}</strong>,
          })}
        </p>
        {next.host && <p class="muted">{t('You will continue to {app}', { app: next.host })}</p>}
        <PostForm action="/verify-email" csrf={csrf} next={next}>
          <input type="hidden" name="token" value={token} />
          <button class="button full" type="submit">
            {t('Yes, confirm it')}
          </button>
        </PostForm>
        <p class="muted small">{t('If you made no account, close this page: then nothing happens.')}</p>
      </div>
    </Layout>
  )
}
