import type { Context } from 'hono'
import { type Config, configuredCookieNames } from '../config.ts'
import type { Cause, Loop } from '../http/loops.ts'
import { type Next, withNext } from '../http/next.ts'
import { AskForHelp } from './ask-for-help.tsx'
import { Layout, page } from './layout.tsx'

interface Explanation {
  readonly cause: string
  /** For whoever runs the app, or for the person where it is theirs to do. */
  readonly remedy: string
}

type Explain = (loop: Loop, config: Config) => Explanation

/**
 * Instead of one more redirect. 409 (RFC 9110, section 15.5.10): both sides are well, and contradict each other. Not a
 * 5xx, whose pages many proxies replace.
 */
export const showLoop = (c: Context, config: Config, next: Next, loop: Loop) =>
  page(c, 409, <LoopPage {...{ c, config, next, loop }} />)

interface LoopPageProps {
  readonly c: Context
  readonly config: Config
  readonly next: Next
  readonly loop: Loop
}

const LoopPage = ({ c, config, next, loop }: LoopPageProps) => {
  const { cause, remedy } = EXPLANATIONS[loop.cause](loop, config)
  return (
    <Layout title={`${loop.app} sends you back`} wide>
      <div class="card">
        <h1>{loop.app} sends you back</h1>
        <p>
          You are signed in here, but {loop.app} does not see it that way. We stopped sending you back and
          forth. It is not your password: please show this page to the people who run {loop.app}.
        </p>
        <h2>Most likely</h2>
        <p>{cause}</p>
        <p>{remedy}</p>
        <h2>What we know</h2>
        <dl class="facts">
          {factsOf(loop, config).map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
        <p class="spread">
          {next.href && (
            <a class="button" href={next.href}>
              Try again
            </a>
          )}
          <a class="button quiet" href={withNext('/logout', next)}>
            Sign out
          </a>
        </p>
        <AskForHelp c={c} />
      </div>
    </Layout>
  )
}

function factsOf({ app, reason, ownTime, appTime, token }: Loop, config: Config): [string, string][] {
  const facts: [string, string | null][] = [
    ['App', app],
    ['What it said', reason ?? 'nothing that we could check'],
    ['Clock here', moment(ownTime)],
    ['Clock of the app', appTime === null ? null : `${moment(appTime)}, ${difference(appTime - ownTime)}`],
    ['Sign-in issued', token && moment(token.iat)],
    ['Sign-in ends', token && moment(token.exp)],
    ['Issued by', config.authUrl],
    ['Issued for', token?.aud ?? config.cookieDomain],
    ['Cookie', configuredCookieNames(config).access],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== null)
}

const moment = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC')

function difference(seconds: number): string {
  if (seconds === 0) return 'the same'
  return seconds > 0 ? `${seconds} s ahead` : `${-seconds} s behind`
}

const EXPLANATIONS: Readonly<Record<Cause, Explain>> = {
  clock: ({ app, ownTime, appTime }) => ({
    cause: `A clock is wrong. Compared with ours, that of ${app} is ${difference((appTime ?? ownTime) - ownTime)}.`,
    remedy: 'Compare the clocks of both machines with the real time, and let both keep it by NTP.',
  }),
  issuer: ({ app }, { authUrl }) => ({
    cause: `${app} expects sign-ins from another address than ${authUrl}.`,
    remedy: `Set its LOGIN_URL to ${authUrl}/login, and leave the option issuer out.`,
  }),
  audience: ({ app, token }, { cookieDomain }) => ({
    cause: `${app} is not at or below ${token?.aud ?? cookieDomain}, for which sign-ins are issued.`,
    remedy: `If that is not its address, set the app’s OWN_URL to its public one. If it is, COOKIE_DOMAIN here does not cover it.`,
  }),
  keys: ({ app }, { authUrl }) => ({
    cause: `${app} has other keys than we sign with: it most likely asks another auth service.`,
    remedy: `Its AUTH_INTERNAL_URL must lead to the service at ${authUrl}, with the same database.`,
  }),
  altered: ({ app }) => ({
    cause: `The sign-in reaches ${app} damaged, or in a form that it does not know.`,
    remedy:
      'Look for a proxy in front of the app that changes cookies, and update the app’s middleware to the version of this service.',
  }),
  conflicting: ({ app }, config) => ({
    cause: `${app} gets sign-ins of several people at once, of which only one is ours to see: some host has set a cookie named ${configuredCookieNames(config).access} for a part of ${app} alone.`,
    remedy: `Delete this browser’s cookies for ${app} and ${config.cookieDomain}, then try again. If it comes back, look for the host below ${config.cookieDomain} that sets it.`,
  }),
  session: ({ app }, { authUrl }) => ({
    cause: `${app} was told that this sign-in is over, and here it is not: it most likely asks another auth service.`,
    remedy: `Its AUTH_INTERNAL_URL must lead to the service at ${authUrl}, with the same database.`,
  }),
  unseen: ({ app }, config) => ({
    cause: `${app} sees no sign-in, although this browser has one: it looks for a cookie of another name than ${configuredCookieNames(config).access}, or its cookies are lost on the way.`,
    remedy: `Set COOKIE_PREFIX of the app as it is here, and its LOGIN_URL to ${config.authUrl}/login, http or https included. Look for a proxy in front of the app that drops cookies.`,
  }),
  not_kept: (_, { authUrl, cookieDomain }) => ({
    cause: `This browser did not keep the cookie that we set for ${cookieDomain}.`,
    remedy: `Allow cookies for ${cookieDomain}. If they are allowed, this page must be open at ${authUrl}: elsewhere, browsers refuse that cookie.`,
  }),
  unclear: ({ app }) => ({
    cause: `${app} did not say why in a way that we could check.`,
    remedy: 'Look for “refused” in the app’s log; NODE_DEBUG=latchkey makes it say every reason.',
  }),
}
