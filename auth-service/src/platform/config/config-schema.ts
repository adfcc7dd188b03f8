import * as v from 'valibot'
import { FORWARD_AUTH_PROXIES } from './forward-auth-rules.ts'
import { hasDevInbox } from './mail-config.ts'
import { type Environment, settingsFor } from './settings.ts'

/** All settings together: checks across settings, and the resulting values. */
export const configSchema = (env: Environment) =>
  v.pipe(
    v.object(settingsFor(env)),
    // Each problem is assigned to a setting, since an unassigned one would skip later checks.
    v.forward(
      v.partialCheck(
        [['host'], ['port'], ['internalHost'], ['internalPort']],
        ({ host, port, internalHost, internalPort }) =>
          !internalPort || internalPort !== port || internalHost !== host,
        ({ input }) =>
          `INTERNAL_PORT and PORT are both ${input.internalPort} at the same address. Choose another INTERNAL_PORT, which your proxy does not publish`,
      ),
      ['internalPort'],
    ),
    v.forward(
      v.partialCheck(
        [['accessTtl'], ['refreshTtl']],
        ({ accessTtl, refreshTtl }) => accessTtl <= refreshTtl,
        ({ input: { accessTtl, refreshTtl } }) =>
          `ACCESS_TTL (${accessTtl}) is longer than REFRESH_TTL (${refreshTtl}). Make it shorter: an issued access token can't be recalled`,
      ),
      ['accessTtl'],
    ),
    v.forward(
      v.partialCheck(
        [['refreshTtl'], ['sessionMaxAge']],
        ({ refreshTtl, sessionMaxAge }) => refreshTtl <= sessionMaxAge,
        ({ input: { refreshTtl, sessionMaxAge } }) =>
          `REFRESH_TTL (${refreshTtl}) is longer than SESSION_MAX_AGE (${sessionMaxAge}). Set it to at most that value`,
      ),
      ['refreshTtl'],
    ),
    v.forward(
      v.partialCheck(
        [['internalPort']],
        ({ internalPort }) => internalPort !== undefined || !env.INTERNAL_HOST,
        'INTERNAL_HOST is set, but INTERNAL_PORT is not. Set INTERNAL_PORT, for example to 4001, or leave both out',
      ),
      ['internalHost'],
    ),
    v.forward(
      v.partialCheck(
        [['authUrl'], ['emailVerification']],
        ({ authUrl, emailVerification }) => emailVerification !== 'required' || reachesPeople(env, authUrl),
        'EMAIL_VERIFICATION is required, but SMTP_URL is not set: users could not confirm their address and sign in. ' +
          'Set SMTP_URL to your mail server, or EMAIL_VERIFICATION to optional',
      ),
      ['emailVerification'],
    ),
    v.forward(
      v.partialCheck(
        [['authUrl'], ['signInByMail']],
        ({ authUrl, signInByMail }) => signInByMail !== 'on' || reachesPeople(env, authUrl),
        'SIGN_IN_BY_MAIL is on, but SMTP_URL is not set: no link or code could be sent. ' +
          'Set SMTP_URL to your mail server, or leave SIGN_IN_BY_MAIL out',
      ),
      ['signInByMail'],
    ),
    v.forward(
      v.partialCheck(
        [['forwardAuthProxy'], ['trustedProxies']],
        ({ forwardAuthProxy, trustedProxies }) => forwardAuthProxy === undefined || trustedProxies.length > 0,
        ({ input }) =>
          `FORWARD_AUTH_PROXY is ${input.forwardAuthProxy}, but TRUSTED_PROXIES is not set: no proxy would be believed. Set TRUSTED_PROXIES to the address from which ${input.forwardAuthProxy} connects`,
      ),
      ['forwardAuthProxy'],
    ),
    v.forward(
      v.partialCheck(
        [['forwardAuthProxy'], ['forwardAuthRules']],
        ({ forwardAuthProxy }) => forwardAuthProxy !== undefined || !env.FORWARD_AUTH_RULES,
        `FORWARD_AUTH_RULES is set, but FORWARD_AUTH_PROXY is not. Set it to one of: ${FORWARD_AUTH_PROXIES.join(', ')}; or leave both out`,
      ),
      ['forwardAuthRules'],
    ),
    v.transform(({ brandName: name, logo, css, links, ...settings }) => ({
      ...settings,
      /** Whether AUTH_URL is https. */
      https: settings.authUrl.startsWith('https:'),
      brand: { name, logo, css, links },
    })),
  )

/** Whether email is sent, even by an otherwise invalid server, or shown in the dev inbox. */
const reachesPeople = (env: Environment, authUrl: string): boolean =>
  Boolean(env.SMTP_URL) || hasDevInbox({ smtp: undefined, authUrl, https: authUrl.startsWith('https:') })
