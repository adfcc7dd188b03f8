import { configuredCookieNames } from '../../../platform/config/config.ts'
import type { Jar } from '../cookie-jar.ts'
import { type Finding, findingsOf, type Target } from '../finding.ts'
import { probe } from '../http-probe.ts'
import type { TestUser } from './test-user.ts'

const { ok, fail } = findingsOf('sign-in')

const JSON_HEADERS = { accept: 'application/json', 'content-type': 'application/json' } as const

/** Signs the user in, and stores the cookies; returns what is wrong with either. */
export async function signIn(
  { config }: Target,
  { email, password }: TestUser,
  next: URL,
  jar: Jar,
): Promise<readonly Finding[]> {
  const { authUrl, cookieDomain } = config
  const body = JSON.stringify({ email, password, next: next.href })
  const headers = { ...JSON_HEADERS, origin: authUrl }
  const answer = await probe(`${authUrl}/login`, { method: 'POST', headers, body })
  if (!answer.ok)
    return [fail(`Can't reach ${authUrl}/login: ${answer.reason.reason}.`, 'Start the auth service.')]
  const { status, headers: received } = answer.value
  if (status === 401) {
    return [
      fail(
        `${authUrl} does not know a user who is in this database.`,
        'That service uses another database. Compare its DATABASE_URL with the one given here.',
      ),
    ]
  }
  if (status !== 200) {
    return [
      fail(`${authUrl}/login answers ${status} to a correct password.`, 'Check the log of the auth service.'),
    ]
  }
  const lines = received['set-cookie'] ?? []
  const refused = jar.keep(new URL(authUrl), lines)
  if (refused.length > 0) {
    return refused.map((what) =>
      fail(what, 'Set AUTH_URL and COOKIE_DOMAIN to match the address people use.'),
    )
  }
  const { access, refresh } = configuredCookieNames(config)
  const kept = jar.sentTo(new URL(authUrl))
  const missing = [access, refresh].filter((name) => !kept.some(({ key }) => key === name))
  if (missing.length > 0) {
    const instead = kept.map(({ key }) => key).join(' and ') || 'none'
    return [
      fail(
        `The auth service sets the cookies ${instead} instead of ${missing.join(' and ')}.`,
        'Its settings differ from those given here. Compare COOKIE_PREFIX, REFRESH_COOKIE and AUTH_URL.',
      ),
    ]
  }
  const landing = landingOf(answer.value.text)
  if (landing !== next.href) {
    return [
      fail(
        `After sign-in, the auth service sends users to ${landing ?? 'no address'} instead of back to ${next.origin}.`,
        'Search its log for "next_refused", which names the setting.',
      ),
    ]
  }
  const strange = kept.find(({ key, domain }) => key === access && domain !== cookieDomain)
  return strange
    ? [
        fail(
          `The auth service sets cookies for ${strange.domain}, but COOKIE_DOMAIN is ${cookieDomain} here.`,
          'Restart the auth service with the settings given here.',
        ),
      ]
    : [ok(`A temporary user signed in and received ${access} and ${refresh}.`)]
}

/** Signs out, and removes the cookies. */
export async function signOut({ config: { authUrl } }: Target, jar: Jar): Promise<readonly Finding[]> {
  const url = new URL('/logout', authUrl)
  const headers = { ...JSON_HEADERS, origin: authUrl, cookie: jar.header(url) }
  const answer = await probe(url, { method: 'POST', headers, body: '{}' })
  const status = answer.ok ? answer.value.status : 0
  if (!answer.ok || status !== 200) {
    const why = answer.ok ? `it answers ${status}` : answer.reason.reason
    return [fail(`Signing out at ${url} failed: ${why}.`, 'Check the log of the auth service.')]
  }
  jar.keep(url, answer.value.headers['set-cookie'] ?? [])
  return []
}

function landingOf(text: string): string | null {
  try {
    const { next } = JSON.parse(text) as { next?: unknown }
    return typeof next === 'string' ? next : null
  } catch {
    return null
  }
}
