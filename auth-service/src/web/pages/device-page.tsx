import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { describeLocation, type Locate } from '../../platform/client/geoip.ts'
import { unixTime } from '../../platform/clock.ts'
import { message } from '../../platform/i18n/message.ts'
import type { DeviceRequest } from '../../tokens/api-tokens/device-authorization.ts'
import { BackToAccount } from '../components/back-to-account.tsx'
import { Field, FormError, PostForm } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { Time } from '../components/time.tsx'
import { useLanguage, useRichTranslation, useTranslation } from '../components/translate.tsx'
import type { Problems, WithErrors } from '../forms/form-page.ts'
import { textOf } from '../forms/submission.ts'
import type { AccountContext } from '../middleware/account-origin.ts'
import { deviceOf } from '../middleware/request-device.ts'
import { requireProof } from '../middleware/require-proof.ts'
import { type AccountEnv, requireSession } from '../middleware/require-session.ts'
import { noStore } from '../middleware/security-headers.ts'
import type { Web } from '../web.ts'

const PAGE = '/device'
const ALLOW = '/device/allow'
const DENY = '/device/deny'

const NOT_WAITING = message(
  'No device waits with this code. Codes are valid for ten minutes: check it, or start again on the device.',
)

const DONE: Readonly<Record<string, string>> = {
  allowed: message('Your device can sign in now. You can close this page.'),
  denied: message('Denied. The device gets no access.'),
}

/** `/device`: a user types the code that a device shows, compares what it asks for, and allows or denies it. */
export function devicePage(web: Web): Hono<AccountEnv> {
  const { deviceAuthorization, formPage, limits, locate, now } = web

  async function show(
    c: AccountContext,
    status: ContentfulStatusCode,
    code: string,
    { errors }: Problems = {},
  ) {
    const request = code === '' ? null : await deviceAuthorization.find(code)
    const isUnknown = code !== '' && request === null && errors === undefined
    const done = c.req.query('done') ?? ''
    const content = {
      code,
      request,
      email: c.var.account.user.email,
      errors: isUnknown ? { user_code: NOT_WAITING } : errors,
      notice: Object.hasOwn(DONE, done) ? DONE[done] : undefined,
      now: unixTime(now),
      locate,
    }
    return page(c, isUnknown ? 404 : status, <DevicePage {...content} />)
  }

  const onSubmit = formPage({
    values: (_: AccountContext, fields) => textOf(fields, 'user_code'),
    address: (_, code) => `${PAGE}?${new URLSearchParams({ user_code: code })}`,
    show,
  })

  const decide = (isAllowed: boolean) =>
    onSubmit(async (c, { values: code }) => {
      const { user } = c.var.account
      await limits.consumeChange('device', user.uuid)
      return (await deviceAuthorization.decide(code, user, isAllowed, deviceOf(c)))
        ? { to: `${PAGE}?done=${isAllowed ? 'allowed' : 'denied'}` }
        : { errors: { user_code: NOT_WAITING } }
    })

  const app = new Hono<AccountEnv>()
  app.use(PAGE, noStore, requireSession(web))
  app.use(`${PAGE}/*`, noStore)
  return app
    .get(PAGE, async (c) => {
      const code = c.req.query('user_code') ?? ''
      if (code !== '') await limits.consumeChange('device', c.var.account.user.uuid)
      return show(c, 200, code)
    })
    .post(ALLOW, requireSession(web), requireProof(web), decide(true))
    .post(DENY, requireSession(web), decide(false))
}

interface DevicePageProps extends WithErrors {
  readonly code: string
  readonly request: DeviceRequest | null
  /** The signed-in user. */
  readonly email: string
  readonly notice: string | undefined
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
}

const DevicePage = ({ code, request, email, notice, errors = {}, now, locate }: DevicePageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Connect a device')} errors={errors}>
      <div class="card">
        <h1>{t('Connect a device')}</h1>
        {notice && (
          <p class="notice" role="status">
            {t(notice)}
          </p>
        )}
        <FormError words={errors.form} />
        {request ? (
          <Confirm {...{ request, email, now, locate }} />
        ) : (
          <form method="get" action={PAGE}>
            <Field
              name="user_code"
              label={t('Code')}
              autocomplete="off"
              hint={t('The eight letters that your device shows.')}
              value={code}
              error={errors.user_code}
            />
            <button class="button full" type="submit">
              {t('Continue')}
            </button>
          </form>
        )}
      </div>
      <BackToAccount />
    </Layout>
  )
}

const Confirm = ({
  request,
  email,
  now,
  locate,
}: Omit<DevicePageProps, 'code' | 'notice'> & { request: DeviceRequest }) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const { code: language } = useLanguage()
  const { userCode, deviceName, client, scopes, device, createdAt } = request
  const place = describeLocation(device.address, locate, language)
  return (
    <PostForm action={ALLOW}>
      <p>
        {rich('Does your device show this code? {code}', {
          code: <strong class="code">{userCode}</strong>,
        })}
      </p>
      <p>
        {rich(
          client === null
            ? '{device} asks for access to all apps as {email}.'
            : '{device} of the app {client} asks for access to all apps as {email}.',
          { device: <strong>{deviceName}</strong>, client: <strong>{client ?? ''}</strong>, email },
        )}
      </p>
      {scopes.length > 0 && <p>{t('Permissions: {scopes}', { scopes: scopes.join(', ') })}</p>}
      <p class="muted small">
        {rich(place ? 'It asked {when}, from {place}.' : 'It asked {when}.', {
          when: <Time at={createdAt} now={now} />,
          place,
        })}
      </p>
      <p class="muted small">
        {t(
          'If you did not start this on a device of your own, deny it: someone may want to use your account.',
        )}
      </p>
      <input type="hidden" name="user_code" value={userCode} />
      <div class="spread actions">
        <button class="button" type="submit">
          {t('Allow')}
        </button>
        <button class="button quiet" type="submit" formaction={DENY}>
          {t('Deny')}
        </button>
      </div>
    </PostForm>
  )
}
