import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { deviceOf } from '../http/device.ts'
import { createEntrance } from '../http/entrance.ts'
import { returningTo } from '../http/language.ts'
import { wantsJson } from '../http/negotiation.ts'
import { createNextReader, withNotice } from '../http/next.ts'
import { personOf } from '../http/person.ts'
import { privately } from '../http/private.ts'
import { keepingAddress } from '../http/security-headers.ts'
import { createForms, isOutdated, textOf } from '../http/submission.ts'
import { message, type Words } from '../languages/message.ts'
import type { EmailChange } from '../profile.ts'
import type { Service } from '../service.ts'
import { deadLink, tokenOf } from './dead-link.tsx'
import { FormError, PostForm } from './form.tsx'
import { Layout, page } from './layout.tsx'
import { showLoop } from './loop.tsx'
import { invalid, refusal, refuse } from './refusals.tsx'
import { useRich, useWords } from './words.tsx'

const TAKEN = message(
  'There is an account with this address already, so this one keeps the address that it has.',
)

/** `/change-email`: where the link leads that was mailed to a new address. It changes the address, and signs nobody in. */
export function changeEmailPage(service: Service): Hono {
  const { config, profile } = service
  const nexts = createNextReader(config, service.apps)
  const forms = createForms(config)
  const entrance = createEntrance(service, nexts, (c, next, loop) => showLoop(c, config, next, loop))

  const dead = (c: Context) =>
    deadLink(
      c,
      message('See <a>your account</a> for the address that it has, and change it from there.'),
      '/account',
    )

  const show = (c: Context, status: ContentfulStatusCode, asked: Asked) =>
    page(c, status, <ChangePage csrf={forms.token(c)} {...asked} />)

  return new Hono()
    .use('/change-email', privately, keepingAddress)
    .get('/change-email', async (c) => {
      const token = tokenOf(c) ?? ''
      returningTo(c, addressOf(token))
      const change = await profile.findChange(token)
      if (!change) return dead(c)
      return wantsJson(c) ? c.json({ email: change.email }) : show(c, 200, { token, change })
    })
    .post('/change-email', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const token = textOf(fields, 'token')
      returningTo(c, addressOf(token))
      const change = await profile.findChange(token)
      if (isOutdated(refused) && !json) {
        return change ? show(c, 403, { token, change, error: refusal(refused).detail }) : dead(c)
      }
      if (refused) return refuse(c, refused)

      const outcome = await profile.confirmEmail(token, deviceOf(c))
      if (!outcome.ok && outcome.reason === 'email_taken') {
        return json ? invalid(422, { email: TAKEN }) : page(c, 422, <TakenPage />)
      }
      if (!outcome.ok) return dead(c)
      if (json) return c.json(personOf(outcome.value))
      const landing = (await entrance.resume(c, outcome.value)) ? '/account' : '/login'
      return c.redirect(
        new URL(withNotice(landing, nexts.read(''), 'email_changed'), config.authUrl).href,
        303,
      )
    })
}

const addressOf = (token: string) => `/change-email?${new URLSearchParams({ token })}`

interface Asked {
  readonly token: string
  readonly change: EmailChange
  readonly error?: Words
}

const ChangePage = ({ csrf, token, change, error }: Asked & { readonly csrf: string }) => {
  const t = useWords()
  const rich = useRich()
  return (
    <Layout title={t('Confirm your new e-mail address')}>
      <div class="card">
        <h1>{t('Confirm your new e-mail address')}</h1>
        <FormError words={error} />
        <p>
          {rich(
            'From now on, your account will have the address {email}, and you will sign in with that one.',
            { email: <strong>{change.email}</strong> },
          )}
        </p>
        <PostForm action="/change-email" csrf={csrf}>
          <input type="hidden" name="token" value={token} />
          <button class="button full" type="submit">
            {t('Use this address')}
          </button>
        </PostForm>
        <p class="muted small">{t('If you did not ask for this, close this page: then nothing happens.')}</p>
      </div>
    </Layout>
  )
}

const TakenPage = () => {
  const t = useWords()
  return (
    <Layout title={t('This address is taken')}>
      <div class="card">
        <h1>{t('This address is taken')}</h1>
        <p>{t(TAKEN)}</p>
        <p>
          <a href="/account">{t('Go to your account')}</a>
        </p>
      </div>
    </Layout>
  )
}
