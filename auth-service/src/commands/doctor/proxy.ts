import { randomToken } from '../../random.ts'
import { ask } from './ask.ts'
import { type Check, findingsOf } from './finding.ts'

const { ok, warn } = findingsOf('proxy')

const LOG = 'its log has one line "untrusted_proxy", which names a private address'

/**
 * Whether the service believes the proxy that is in front of it: only of one in TRUSTED_PROXIES it takes over the id that
 * we give our request. TLS, which the service does not speak, and headers that are none of its own give a proxy away.
 */
export const checkProxy: Check = async ({ config: { authUrl, https, trustedProxies } }) => {
  const id = `doctor-${randomToken()}`
  const answer = await ask(`${authUrl}/healthz`, { headers: { 'x-request-id': id } })
  if (!answer.ok) return []
  const { headers } = answer.value
  if (headers['x-request-id'] === id) {
    return [ok('The auth service believes whoever hands requests on to it, as TRUSTED_PROXIES says.')]
  }
  if (!https && headers.server === undefined && headers.via === undefined) {
    return [ok('No proxy shows in front of the auth service.')]
  }
  return trustedProxies.length === 0
    ? [
        warn(
          'A proxy is in front of the auth service, and TRUSTED_PROXIES is empty: everybody behind it has its address, ' +
            'and shares one limit of tries.',
          `Set TRUSTED_PROXIES to the address from which the proxy reaches the service; ${LOG}.`,
        ),
      ]
    : [
        warn(
          'The proxy in front of the auth service is not among TRUSTED_PROXIES, or does not hand X-Request-Id on.',
          `Compare TRUSTED_PROXIES with the address from which the proxy reaches the service; ${LOG}.`,
        ),
      ]
}
