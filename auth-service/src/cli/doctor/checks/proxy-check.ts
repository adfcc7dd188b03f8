import { randomInt } from 'node:crypto'
import { readAddress } from '../../../platform/net/ip-address.ts'
import { type Inspected, inspect } from '../ask-service.ts'
import { type Check, type Finding, findingsOf, type Target } from '../finding.ts'

const { ok, warn, fail } = findingsOf('proxy')

const NGINX = 'in nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for'

/**
 * Whether the service learns its clients' addresses. The doctor sends a request with a reserved address in
 * X-Forwarded-For, and the service reports the address it saw.
 */
export const checkProxy: Check = async (target) => {
  const claimed = `192.0.2.${randomInt(1, 255)}` // RFC 5737
  const seen = await inspect(target, target.config.authUrl, { 'x-forwarded-for': claimed })
  if (seen.ok) return [judge(target, seen.value, claimed)]
  return [
    warn(
      `Can't find out which client address the service sees: ${seen.reason}.`,
      'Run the doctor with the SECRET_KEY and the version of the running service.',
    ),
  ]
}

function judge({ config }: Target, { inspection, local }: Inspected, claimed: string): Finding {
  const { peer, peerPort, isTrusted, address, forwardedFor } = inspection
  const isDirect = peerPort === local.port && readAddress(peer) === readAddress(local.address)
  if (isDirect) return ok('There is no proxy between the doctor and the auth service.')
  if (!isTrusted) {
    return config.trustedProxies.length === 0
      ? warn(
          "A proxy is in front of the auth service, but TRUSTED_PROXIES is empty: all clients appear with the proxy's address " +
            'and share one rate limit.',
          `Set TRUSTED_PROXIES=${peer}, the address from which the proxy connects.`,
        )
      : warn(
          `The proxy in front of the auth service connects from ${peer}, which is not in TRUSTED_PROXIES.`,
          `Add ${peer} to TRUSTED_PROXIES.`,
        )
  }
  if (forwardedFor === null) {
    return fail(
      "The proxy in front of the auth service sends no X-Forwarded-For: all clients appear with the proxy's address and share " +
        'one rate limit.',
      `Let the proxy send the address of its client in X-Forwarded-For, ${NGINX}`,
    )
  }
  if (forwardedFor.trim() === claimed) {
    return fail(
      'The proxy in front of the auth service passes X-Forwarded-For on unchanged: any client can claim any address.',
      `Let the proxy append the address of its client to X-Forwarded-For, or replace the header, ${NGINX}`,
    )
  }
  // The service may even trust the claimed address, if the doctor runs beside its trusted proxies.
  const isOurs = address === claimed || address === readAddress(peer)
  return ok(
    isOurs
      ? 'The proxy in front of the auth service reports client addresses.'
      : `The proxy in front of the auth service reports client addresses: the service saw the doctor as ${address}.`,
  )
}
