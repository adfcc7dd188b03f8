import type { Context } from 'hono'
import { type Config, configuredCookieNames } from '../../platform/config/config.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import { Layout, page } from '../components/layout.tsx'
import { SupportNote } from '../components/support-note.tsx'
import { useTranslation } from '../components/translate.tsx'
import type { Cause, RedirectLoop } from '../sign-in/redirect-loop.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'

interface Explanation {
  readonly cause: Message
  /** For the operator of the app, or for the user if they can fix it. */
  readonly remedy: Message
}

type Explain = (loop: RedirectLoop, config: Config) => Explanation

/**
 * Replaces one more redirect. 409 (RFC 9110, section 15.5.10): both sides work, but contradict each other. Not a 5xx,
 * whose pages many proxies replace.
 */
export const redirectLoopPage = (c: Context, config: Config, next: ReturnUrl, loop: RedirectLoop) =>
  page(c, 409, <RedirectLoopPage {...{ c, config, next, loop }} />)

interface RedirectLoopPageProps {
  readonly c: Context
  readonly config: Config
  readonly next: ReturnUrl
  readonly loop: RedirectLoop
}

const RedirectLoopPage = ({ c, config, next, loop }: RedirectLoopPageProps) => {
  const t = useTranslation()
  const { app } = loop
  const { cause, remedy } = EXPLANATIONS[loop.cause](loop, config)
  return (
    <Layout title={t('{app} sends you back', { app })} wide>
      <div class="card">
        <h1>{t('{app} sends you back', { app })}</h1>
        <p>
          {t(
            'You are signed in here, but {app} does not accept it. We stopped sending you back and forth. Your password is fine: please show this page to the administrator of {app}.',
            { app },
          )}
        </p>
        <h2>{t('Most likely')}</h2>
        <p>{t(cause)}</p>
        <p>{t(remedy)}</p>
        <h2>{t('What we know')}</h2>
        <dl class="facts">
          {factsOf(loop, config).map(([name, value]) => (
            <>
              <dt>{t(name)}</dt>
              <dd>{t(value)}</dd>
            </>
          ))}
        </dl>
        <p class="spread">
          {next.href && (
            <a class="button" href={next.href}>
              {t('Try again')}
            </a>
          )}
          <a class="button quiet" href={withNext('/logout', next)}>
            {t('Sign out')}
          </a>
        </p>
        <SupportNote c={c} />
      </div>
    </Layout>
  )
}

function factsOf(
  { app, reason, ownTime, appTime, token }: RedirectLoop,
  config: Config,
): [string, Message][] {
  const facts: [string, Message | null][] = [
    [message('App'), app],
    [message('Reason it gave'), reason ?? message('none that we could verify')],
    [message('Clock here'), moment(ownTime)],
    [message('Clock of the app'), appTime === null ? null : clockOf(appTime, ownTime)],
    [message('Sign-in issued'), token && moment(token.iat)],
    [message('Sign-in ends'), token && moment(token.exp)],
    [message('Issued by'), config.authUrl],
    [message('Issued for'), token?.aud ?? config.cookieDomain],
    [message('Cookie'), configuredCookieNames(config).access],
  ]
  return facts.filter((fact): fact is [string, Message] => fact[1] !== null)
}

// The same for all users, to compare with logs and other clocks.
const moment = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC')

function clockOf(appTime: number, ownTime: number): Message {
  const time = moment(appTime)
  const seconds = Math.abs(appTime - ownTime)
  if (seconds === 0) return message('{time}, the same', { time })
  return appTime > ownTime
    ? message('{time}, {seconds} s ahead', { time, seconds })
    : message('{time}, {seconds} s behind', { time, seconds })
}

const EXPLANATIONS: Readonly<Record<Cause, Explain>> = {
  clock: ({ app, ownTime, appTime }) => {
    const ahead = (appTime ?? ownTime) - ownTime
    const values = { app, seconds: Math.abs(ahead) }
    return {
      cause:
        ahead > 0
          ? message('A clock is wrong. The clock of {app} is {seconds} s ahead of ours.', values)
          : message('A clock is wrong. The clock of {app} is {seconds} s behind ours.', values),
      remedy: message('Synchronise the clocks of both machines with NTP.'),
    }
  },
  scheme: (_, { authUrl }) => ({
    cause: message(
      'This page is open over https, but AUTH_URL is {url}. Apps and browsers expect https cookies.',
      {
        url: authUrl,
      },
    ),
    remedy: message('Set AUTH_URL of this service to its https address, and restart it.'),
  }),
  issuer: ({ app }, { authUrl }) => ({
    cause: message('{app} expects sign-ins from an address other than {url}.', { app, url: authUrl }),
    remedy: message('Set LOGIN_URL of the app to {url}/login, and remove its issuer option.', {
      url: authUrl,
    }),
  }),
  audience: ({ app, token }, { cookieDomain }) => ({
    cause: message('{app} is not at or under {domain}, and sign-ins are issued for that domain only.', {
      app,
      domain: token?.aud ?? cookieDomain,
    }),
    remedy: message(
      'If this address is wrong, set OWN_URL of the app to its public address. If it is right, change COOKIE_DOMAIN here so that it covers the app.',
    ),
  }),
  keys: ({ app }, { authUrl }) => ({
    cause: message('{app} does not have our keys. It probably uses another auth service.', {
      app,
    }),
    remedy: sameService(authUrl),
  }),
  altered: ({ app }) => ({
    cause: message('{app} receives the sign-in damaged or in an unknown format.', { app }),
    remedy: message(
      'Check whether a proxy in front of the app changes cookies, and update the app’s middleware to the version of this service.',
    ),
  }),
  conflicting: ({ app }, config) => ({
    cause: message(
      '{app} receives the sign-ins of several people at once, and we can see only one of them. Another host has set a cookie named {cookie} for a part of {app}.',
      { app, cookie: configuredCookieNames(config).access },
    ),
    remedy: message(
      'Delete the cookies for {app} and {domain} in this browser, then try again. If the problem returns, find the host under {domain} that sets the cookie.',
      { app, domain: config.cookieDomain },
    ),
  }),
  session: ({ app }, { authUrl }) => ({
    cause: message(
      '{app} was told that this session has ended, but here it is still active. The app probably uses another auth service.',
      { app },
    ),
    remedy: sameService(authUrl),
  }),
  unseen: ({ app }, config) => ({
    cause: message(
      '{app} receives no sign-in from this browser, or it rejects this account and redirects here instead of answering 403.',
      { app },
    ),
    remedy: message(
      'If only some accounts are sent back, the app must answer 403 instead of redirecting. If all accounts are sent back, the app expects a cookie name other than {cookie}: set its COOKIE_PREFIX to the same value as here, and its LOGIN_URL to {url}/login. A proxy in front of the app may also drop cookies or add an Authorization header.',
      { url: config.authUrl, cookie: configuredCookieNames(config).access },
    ),
  }),
  not_kept: (_, { authUrl, cookieDomain }) => ({
    cause: message('This browser did not keep the cookie that we set for {domain}.', {
      domain: cookieDomain,
    }),
    remedy: message(
      'Allow cookies for {domain}. If they are already allowed, open this page at {url}: browsers reject the cookie at any other address.',
      { domain: cookieDomain, url: authUrl },
    ),
  }),
  unclear: ({ app }) => ({
    cause: message('{app} gave no reason that we could verify.', { app }),
    remedy: message(
      'Search the log of the app for “refused”. With NODE_DEBUG=latchkey it logs every reason.',
    ),
  }),
}

const sameService = (url: string): Message =>
  message('Set AUTH_INTERNAL_URL of the app to the service at {url}, with the same database.', { url })
