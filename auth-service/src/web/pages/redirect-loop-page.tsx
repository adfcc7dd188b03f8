import type { Context } from 'hono'
import { type Config, configuredCookieNames } from '../../platform/config/config.ts'
import { message, type Words } from '../../platform/i18n/message.ts'
import { Layout, page } from '../components/layout.tsx'
import { SupportNote } from '../components/support-note.tsx'
import { useTranslation } from '../components/translate.tsx'
import type { Cause, RedirectLoop } from '../sign-in/redirect-loop.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'

interface Explanation {
  readonly cause: Words
  /** For the operator of the app, or for the user if they can fix it. */
  readonly remedy: Words
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
            'You are signed in here, but {app} does not see it that way. We stopped sending you back and forth. It is not your password: please show this page to the people who run {app}.',
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

function factsOf({ app, reason, ownTime, appTime, token }: RedirectLoop, config: Config): [string, Words][] {
  const facts: [string, Words | null][] = [
    [message('App'), app],
    [message('What it said'), reason ?? message('nothing that we could check')],
    [message('Clock here'), moment(ownTime)],
    [message('Clock of the app'), appTime === null ? null : clockOf(appTime, ownTime)],
    [message('Sign-in issued'), token && moment(token.iat)],
    [message('Sign-in ends'), token && moment(token.exp)],
    [message('Issued by'), config.authUrl],
    [message('Issued for'), token?.aud ?? config.cookieDomain],
    [message('Cookie'), configuredCookieNames(config).access],
  ]
  return facts.filter((fact): fact is [string, Words] => fact[1] !== null)
}

// The same for all users, to compare with logs and other clocks.
const moment = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC')

function clockOf(appTime: number, ownTime: number): Words {
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
          ? message('A clock is wrong. Compared with ours, that of {app} is {seconds} s ahead.', values)
          : message('A clock is wrong. Compared with ours, that of {app} is {seconds} s behind.', values),
      remedy: message('Compare the clocks of both machines with the real time, and let both keep it by NTP.'),
    }
  },
  scheme: (_, { authUrl }) => ({
    cause: message(
      'This page is open over https, while AUTH_URL is {url}: apps and browsers expect https cookies.',
      {
        url: authUrl,
      },
    ),
    remedy: message('Set AUTH_URL of this service to its https address, and start it again.'),
  }),
  issuer: ({ app }, { authUrl }) => ({
    cause: message('{app} expects sign-ins from another address than {url}.', { app, url: authUrl }),
    remedy: message('Set its LOGIN_URL to {url}/login, and leave the option issuer out.', { url: authUrl }),
  }),
  audience: ({ app, token }, { cookieDomain }) => ({
    cause: message('{app} is not at or below {domain}, for which sign-ins are issued.', {
      app,
      domain: token?.aud ?? cookieDomain,
    }),
    remedy: message(
      'If that is not its address, set the app’s OWN_URL to its public one. If it is, COOKIE_DOMAIN here does not cover it.',
    ),
  }),
  keys: ({ app }, { authUrl }) => ({
    cause: message('{app} has other keys than we sign with: it most likely asks another auth service.', {
      app,
    }),
    remedy: sameService(authUrl),
  }),
  altered: ({ app }) => ({
    cause: message('The sign-in reaches {app} damaged, or in a form that it does not know.', { app }),
    remedy: message(
      'Look for a proxy in front of the app that changes cookies, and update the app’s middleware to the version of this service.',
    ),
  }),
  conflicting: ({ app }, config) => ({
    cause: message(
      '{app} gets sign-ins of several people at once, of which only one is ours to see: some host has set a cookie named {cookie} for a part of {app} alone.',
      { app, cookie: configuredCookieNames(config).access },
    ),
    remedy: message(
      'Delete this browser’s cookies for {app} and {domain}, then try again. If it comes back, look for the host below {domain} that sets it.',
      { app, domain: config.cookieDomain },
    ),
  }),
  session: ({ app }, { authUrl }) => ({
    cause: message(
      '{app} was told that this sign-in is over, and here it is not: it most likely asks another auth service.',
      { app },
    ),
    remedy: sameService(authUrl),
  }),
  unseen: ({ app }, config) => ({
    cause: message(
      '{app} gets no sign-in from this browser, or it does not let this account in and sends it here instead of saying so.',
      { app },
    ),
    remedy: message(
      'If only some accounts are sent back, the app must answer them with 403, not with a redirect. If all are, it looks for a cookie of another name than {cookie}: set its COOKIE_PREFIX as it is here, and its LOGIN_URL to {url}/login. A proxy in front of the app may also drop cookies or add an Authorization header.',
      { url: config.authUrl, cookie: configuredCookieNames(config).access },
    ),
  }),
  not_kept: (_, { authUrl, cookieDomain }) => ({
    cause: message('This browser did not keep the cookie that we set for {domain}.', {
      domain: cookieDomain,
    }),
    remedy: message(
      'Allow cookies for {domain}. If they are allowed, this page must be open at {url}: elsewhere, browsers refuse that cookie.',
      { domain: cookieDomain, url: authUrl },
    ),
  }),
  unclear: ({ app }) => ({
    cause: message('{app} did not say why in a way that we could check.', { app }),
    remedy: message('Look for “refused” in the app’s log; NODE_DEBUG=latchkey makes it say every reason.'),
  }),
}

const sameService = (url: string): Words =>
  message('Its AUTH_INTERNAL_URL must lead to the service at {url}, with the same database.', { url })
