import { createOperatorProof, SITE_PROOF } from '../../platform/crypto/operator-proof.ts'
import { headersOf, proxiesWith } from '../../web/forward-auth/original-request.ts'
import type { SiteInspection } from '../../web/forward-auth/site-inspection.ts'
import { type Finding, findingsOf, type Target } from './finding.ts'
import { probe, type Reply } from './http-probe.ts'

/** A path that no rule of a site names. */
const FORGED = '/latchkey-doctor-forged'

/** Other spellings of headers about the user, which CGI, PHP and others take for X-Latchkey-User. */
const ALIASES = ['X_Latchkey_User', 'X.Latchkey.User']

/**
 * Visits a site behind the proxy with a proof in the query, by which the auth service tells what arrives there, in place
 * of the site's answer. Finds nothing where the site does not ask, unless that is expected.
 */
export async function examineSite(
  target: Target,
  page: URL,
  isExpected: boolean,
): Promise<readonly Finding[]> {
  const { ok, fail } = findingsOf(page.origin)
  const visit = createVisit(target, page)
  const plain = await visit()
  if (!plain.ok) {
    if (!isExpected) return []
    return [
      fail(
        `Can't reach ${page.origin}: ${plain.reason.reason}.`,
        'Start the site and its proxy, and check the origin.',
      ),
    ]
  }
  const seen = inspectionIn(plain.value)
  if (!seen) return isExpected || isRefusal(plain.value) ? [fail(...unasked(page, plain.value))] : []
  const problem = problemOf(page, visit.target, seen)
  if (problem) return [fail(...problem)]

  const findings = [...(await examineForgedUrl(page, visit, seen)), ...(await examineAliases(page, visit))]
  return findings.length > 0
    ? findings
    : [ok(`The proxy asks in the headers of ${seen.proxy}, and lets no client choose them.`)]
}

type Visit = ReturnType<typeof createVisit>
type Words = readonly [what: string, remedy: string]

function createVisit({ config, now }: Target, page: URL) {
  const query = `${SITE_PROOF}=${createOperatorProof(config, now, 'siteProof')}`
  const target = `${page.pathname}?${query}`
  const visit = (headers: Readonly<Record<string, string>> = {}) =>
    probe(new URL(target, page), {
      headers: { accept: 'application/json', cookie: `${SITE_PROOF}=1`, ...headers },
    })
  return Object.assign(visit, { target, query })
}

function inspectionIn({ status, text }: Reply): SiteInspection | null {
  if (status !== 403) return null
  try {
    const value = JSON.parse(text) as Partial<SiteInspection> | null
    return Array.isArray(value?.urlHeaders) ? (value as SiteInspection) : null
  } catch {
    return null
  }
}

/** Whether the auth service refused the question of the proxy. */
const isRefusal = ({ text }: Reply): boolean => /"code":"(proxy_headers|untrusted_proxy)"/.test(text)

function unasked(page: URL, reply: Reply): Words {
  if (isRefusal(reply)) {
    return [
      `The proxy of ${page.origin} asks this service, but tells no URL of the request.`,
      'Copy the sample for your proxy from docs/forward-auth.md, and set FORWARD_AUTH_PROXY to its name.',
    ]
  }
  return [
    `${page.origin} answers ${reply.status} without asking this service: its rules protect nothing there.`,
    'Let its proxy ask at /forward-auth, as in docs/forward-auth.md, or correct the origin at /admin/apps.',
  ]
}

/** What is wrong with the question of the proxy. */
function problemOf(page: URL, target: string, seen: SiteInspection): Words | null {
  if (!seen.isTrusted) {
    return [
      `The proxy of ${page.origin} asks from ${seen.peer}, which is not in TRUSTED_PROXIES.`,
      `Add ${seen.peer} to TRUSTED_PROXIES.`,
    ]
  }
  if (seen.problem !== null) return headerProblem(page, seen)
  if (seen.origin !== page.origin) {
    return [
      `The proxy of ${page.origin} says that the request is for ${seen.origin}.`,
      'Let it send the scheme, name and port that browsers use.',
    ]
  }
  if (seen.target !== target) {
    return [
      `The proxy of ${page.origin} changes the path before it asks.`,
      'Let it ask with the path as the client sent it, before any middleware that changes it.',
    ]
  }
  return seen.hasCookie
    ? null
    : [
        `The proxy of ${page.origin} asks without the cookies of the client.`,
        'Let it pass the Cookie header on to /forward-auth.',
      ]
}

function headerProblem(page: URL, { proxy, urlHeaders }: SiteInspection): Words {
  const fitting = proxiesWith(urlHeaders)
  if (fitting.length > 0 && !fitting.includes(proxy)) {
    return [
      `The proxy of ${page.origin} sends the headers of ${fitting.join(' or ')}, but FORWARD_AUTH_PROXY is ${proxy}.`,
      `Set FORWARD_AUTH_PROXY to ${fitting.length === 1 ? fitting[0] : `one of: ${fitting.join(', ')}`}.`,
    ]
  }
  return [
    `The proxy of ${page.origin} sends ${urlHeaders.join(', ')}, which are not the headers of ${proxy} alone.`,
    'Copy the sample for your proxy from docs/forward-auth.md, and set FORWARD_AUTH_PROXY to its name.',
  ]
}

/** Whether a client can choose the URL that rules are compared with. */
async function examineForgedUrl(
  page: URL,
  visit: Visit,
  honest: SiteInspection,
): Promise<readonly Finding[]> {
  const forged = `${FORGED}?${visit.query}`
  const values: Readonly<Record<string, string>> = {
    'x-original-url': page.origin + forged,
    'x-forwarded-uri': forged,
    'x-original-method': 'GET',
    'x-forwarded-method': 'GET',
  }
  const own = headersOf(honest.proxy)
  const reply = await visit(Object.fromEntries(Object.entries(values).filter(([name]) => own.includes(name))))
  const seen = reply.ok ? inspectionIn(reply.value) : null
  // The proxy may refuse the request itself.
  if (!seen || seen.target === null || seen.target === honest.target) return []
  const { fail } = findingsOf(page.origin)
  return [
    fail(
      `The proxy of ${page.origin} passes on headers about the URL that a client sent: any client can choose the path for the rules.`,
      `Let it replace ${seen.urlHeaders.join(', ')}, as in docs/forward-auth.md.`,
    ),
  ]
}

/** Whether headers arrive that the site may take for those about its user. */
async function examineAliases(page: URL, visit: Visit): Promise<readonly Finding[]> {
  const reply = await visit(Object.fromEntries(ALIASES.map((name) => [name, 'forged'])))
  const seen = reply.ok ? inspectionIn(reply.value) : null
  if (!seen || seen.identityHeaders.length === 0) return []
  const { warn } = findingsOf(page.origin)
  return [
    warn(
      `The proxy of ${page.origin} passes on ${seen.identityHeaders.join(' and ')}, which some programs take for X-Latchkey-User. This service refuses such requests.`,
      'Let the proxy remove headers whose names have characters other than letters, digits and dashes.',
    ),
  ]
}
