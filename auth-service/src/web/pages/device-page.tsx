import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { mayUse } from '../../oidc/access-to-app.ts'
import type { DeviceSignIn } from '../../oidc/device-sign-ins.ts'
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
import { isOutdated, textOf } from '../forms/submission.ts'
import type { AccountContext } from '../middleware/account-origin.ts'
import { requireProof } from '../middleware/require-proof.ts'
import { type AccountEnv, requireSession } from '../middleware/require-session.ts'
import { noStore } from '../middleware/security-headers.ts'
import type { Web } from '../web.ts'
import { SCOPE_TEXTS } from './oidc/consent-page.tsx'

const PAGE = '/device'
const ALLOW = '/device/allow'
const DENY = '/device/deny'

const NOT_WAITING = message(
  'No device is waiting for this code. Codes are valid for ten minutes: check the code, or start again on the device.',
)

const DONE: Readonly<Record<string, string>> = {
  allowed: message('Your device can sign in now. You can close this page.'),
  denied: message('Denied. The device gets no access.'),
}

const FOR_OTHERS = message('This app is only for certain groups. Ask your administrator for access.')

/** A request that waits, and what it asks for if it is one of OpenID Connect. */
interface Found {
  readonly request: DeviceRequest
  readonly signIn: DeviceSignIn | null
}

/**
 * `/device`: a user types the code that a device shows, compares what it asks for, and allows or denies it. A device asks
 * for an API token, or to sign in to an app by OpenID Connect; nothing tells which, before its code is right.
 */
export function devicePage(web: Web): Hono<AccountEnv> {
  const { deviceAuthorization, formCarrier, formPage, forms, limits, locate, now, oidc, otherUser } = web
  /** The app of a request that needs a newer proof of its user. */
  const wantsProof = new WeakMap<Context, string>()

  async function look(code: string): Promise<Found | null> {
    const request = code === '' ? null : await deviceAuthorization.find(code)
    if (!request || request.oidc === null) return request && { request, signIn: null }
    const signIn = oidc.isOn() ? oidc.devices.read(request) : null
    return signIn && { request, signIn }
  }

  /** The page for another user than the app expects; `null` for that user, and for most apps. */
  function askForOther(c: AccountContext, code: string, found: Found | null) {
    const { user } = c.var.account
    const { app, wantedUser = null } = found?.signIn ?? {}
    if (!app || wantedUser === null || wantedUser === user.uuid) return null
    // Its form goes to /logout, which asks for no session, so that its token must not belong to one either.
    c.set('account', undefined as never)
    return otherUser(
      c,
      200,
      user,
      message('{app} expects another account.', { app: app.name }),
      addressOf(code),
    )
  }

  async function show(
    c: AccountContext,
    status: ContentfulStatusCode,
    code: string,
    { errors }: Problems = {},
  ) {
    const found = await look(code)
    const isUnknown = code !== '' && found === null && errors === undefined
    const { user } = c.var.account
    const isForOthers = found?.signIn != null && !mayUse(found.signIn.app.oidc, user)
    const other = askForOther(c, code, found)
    if (other) return other
    const done = c.req.query('done') ?? ''
    const content = {
      code,
      found,
      isForOthers,
      email: user.email,
      errors: isUnknown ? { user_code: NOT_WAITING } : isForOthers ? { form: FOR_OTHERS } : errors,
      notice: Object.hasOwn(DONE, done) ? DONE[done] : undefined,
      now: unixTime(now),
      locate,
    }
    return page(c, isUnknown ? 404 : isForOthers ? 403 : status, <DevicePage {...content} />)
  }

  const onSubmit = formPage({
    values: (_: AccountContext, fields) => textOf(fields, 'user_code'),
    address: (_, code) => addressOf(code),
    show,
  })

  async function answer(c: AccountContext, { request, signIn }: Found, isAllowed: boolean): Promise<boolean> {
    const { user, current } = c.var.account
    const device = c.var.device
    return signIn && isAllowed
      ? oidc.devices.allow(request, user, current, { uuid: user.uuid, device })
      : deviceAuthorization.decide(request.userCode, user, isAllowed, device)
  }

  const decide = (isAllowed: boolean) =>
    onSubmit(async (c, { values: code }) => {
      const { user } = c.var.account
      const found = await look(code)
      const other = isAllowed ? askForOther(c, code, found) : null
      if (other) return other
      if (isAllowed && found?.signIn && !mayUse(found.signIn.app.oidc, user)) {
        return { errors: { form: FOR_OTHERS } }
      }
      return found && (await answer(c, found, isAllowed))
        ? { to: `${PAGE}?done=${isAllowed ? 'allowed' : 'denied'}` }
        : { errors: { user_code: NOT_WAITING } }
    })

  /**
   * Counts each code that is looked up, also with an expired form, since its page tells whether a device waits with it
   * (RFC 8628, section 5.1).
   */
  const countCode: MiddlewareHandler<AccountEnv> = async (c, next) => {
    const { refused } = await forms.read(c)
    if (refused === null || isOutdated(refused)) {
      await limits.consumeChange('device', c.var.account.user.uuid)
    }
    return next()
  }

  /** An older proof is not enough, if the app asks for a newer one (`max_age`). */
  const weighProof: MiddlewareHandler<AccountEnv> = async (c, next) => {
    const { account } = c.var
    const { fields } = await forms.read(c)
    const waiting = formCarrier.open(account.user, fields.sealed)?.fields ?? fields
    const found = await look(textOf(waiting, 'user_code'))
    const { authenticatedAt } = account.session
    const { app, maxAge = null } = found?.signIn ?? {}
    const isOld = maxAge !== null && unixTime(now) - authenticatedAt > maxAge
    if (found && app && isOld && authenticatedAt <= found.request.createdAt) {
      wantsProof.set(c, app.name)
      c.set('account', { ...account, isProved: false })
    }
    return next()
  }

  const app = new Hono<AccountEnv>()
  app.use(PAGE, noStore, requireSession(web))
  app.use(`${PAGE}/*`, noStore)
  return app
    .get(PAGE, async (c) => {
      const code = c.req.query('user_code') ?? ''
      if (code !== '') await limits.consumeChange('device', c.var.account.user.uuid)
      return show(c, 200, code)
    })
    .post(
      ALLOW,
      requireSession(web),
      countCode,
      weighProof,
      requireProof(web, (c) => wantsProof.get(c) ?? null),
      decide(true),
    )
    .post(DENY, requireSession(web), countCode, decide(false))
}

const addressOf = (code: string): string => `${PAGE}?${new URLSearchParams({ user_code: code })}`

interface DevicePageProps extends WithErrors {
  readonly code: string
  readonly found: Found | null
  /** Whether the user may only deny it. */
  readonly isForOthers: boolean
  /** The signed-in user. */
  readonly email: string
  readonly notice: string | undefined
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
}

const DevicePage = ({ code, found, notice, errors = {}, ...asked }: DevicePageProps) => {
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
        {found ? (
          <Confirm {...asked} found={found} />
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

type ConfirmProps = Pick<DevicePageProps, 'email' | 'isForOthers' | 'now' | 'locate'> & { found: Found }

const Confirm = ({ found: { request, signIn }, email, isForOthers, now, locate }: ConfirmProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const { code: language } = useLanguage()
  const { userCode, device, createdAt } = request
  const place = describeLocation(device.address, locate, language)
  return (
    <PostForm action={isForOthers ? DENY : ALLOW}>
      <p>
        {rich('Does your device show this code? {code}', {
          code: <strong class="code">{userCode}</strong>,
        })}
      </p>
      {signIn ? <AsksToSignIn {...{ signIn, email }} /> : <AsksForToken {...{ request, email }} />}
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
        {!isForOthers && (
          <button class="button" type="submit">
            {t('Allow')}
          </button>
        )}
        <button class="button quiet" type="submit" formaction={DENY}>
          {t('Deny')}
        </button>
      </div>
    </PostForm>
  )
}

const AsksForToken = ({
  request: { deviceName, client, scopes },
  email,
}: Pick<Found, 'request'> & Pick<ConfirmProps, 'email'>) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <>
      <p>
        {rich(
          client === null
            ? '{device} asks for access to all apps as {email}.'
            : '{device} of the app {client} asks for access to all apps as {email}.',
          { device: <strong>{deviceName}</strong>, client: <strong>{client ?? ''}</strong>, email },
        )}
      </p>
      {scopes.length > 0 && <p>{t('Permissions: {scopes}', { scopes: scopes.join(', ') })}</p>}
    </>
  )
}

const AsksToSignIn = ({
  signIn: { app, scopes },
  email,
}: { readonly signIn: DeviceSignIn } & Pick<ConfirmProps, 'email'>) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <>
      <p>
        {rich('A device asks to sign in to {app} as {email}. {app} will see:', {
          app: <strong>{app.name}</strong>,
          email: <strong>{email}</strong>,
        })}
      </p>
      <ul>
        {scopes.map((scope) => (
          <li>{t(SCOPE_TEXTS[scope])}</li>
        ))}
      </ul>
      <p class="muted small">{t('You can sign it out on your account page at any time.')}</p>
    </>
  )
}
