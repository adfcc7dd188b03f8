import { getPath } from 'hono/utils/url'
import { interactionPath } from '../../oidc/oidc-routes.ts'
import { continuePath, SAML_ROUTES } from '../../saml/saml-routes.ts'
import type { ReturnUrl } from './return-url.ts'

const DOORS = /^\/(?:account|admin|device|oidc\/interaction|saml)(?:\/|$)/

/** Whether the return URL needs more than the family's cookies. Without one, the target is the account page. */
export function leadsToAccount({ href, host }: ReturnUrl): boolean {
  if (href === null) return true
  const path = pathOf(href)
  return host === null && (path === '/' || DOORS.test(path))
}

/** Whether it is in the administration. */
export const leadsToAdmin = ({ href, host }: ReturnUrl): boolean =>
  href !== null && host === null && /^\/admin(?:\/|$)/.test(pathOf(href))

/** The id of the authorization that waits there for the user; `null` for any other URL. */
export const interactionIn = ({ href, host }: ReturnUrl): string | null =>
  href !== null && host === null ? (INTERACTION.exec(pathOf(href))?.[1] ?? null) : null

/** The sign-in to a service provider of SAML that waits there, by its id, or begins there; `null` for any other URL. */
export function samlSignInIn({ href, host }: ReturnUrl): { waiting: string } | { starting: number } | null {
  if (href === null || host !== null) return null
  const path = pathOf(href)
  const waiting = WAITING.exec(path)?.[1]
  if (waiting !== undefined) return { waiting }
  const starting = STARTING.exec(path)?.[1]
  return starting === undefined ? null : { starting: Number(starting) }
}

const INTERACTION = new RegExp(`^${interactionPath('([\\w-]{1,64})')}$`)

const WAITING = new RegExp(`^${continuePath('([\\w-]{22})')}$`)
const STARTING = new RegExp(`^${SAML_ROUTES.start}/(\\d{1,15})$`)

/** As the routes read it: for them `/%61ccount` is `/account`. */
const pathOf = (href: string): string => getPath(new Request(href))
