import { type Check, findingsOf } from '../finding.ts'
import { ask } from '../http-probe.ts'

const { ok, warn } = findingsOf('feed places')

/** Whether apps have feed connections that strangers cannot use up, and whether strangers cannot reach those. */
export const checkFeedPlaces: Check = async ({ config }) => {
  const { authUrl, https, internalHost, internalPort } = config
  if (internalPort === undefined) {
    // An http URL means a developer's machine.
    if (!https) return []
    return [
      warn(
        `Apps that follow the feed at ${authUrl} share its places with strangers, who can take all that are free.`,
        'Set INTERNAL_PORT, which the proxy does not publish, and give apps that can reach it its address as AUTH_INTERNAL_URL.',
      ),
    ]
  }
  if (internalPort === 0) {
    return [
      warn(
        'INTERNAL_PORT is 0: the listener for apps takes another port at each start, and apps do not find it.',
        'Set INTERNAL_PORT to a port that AUTH_INTERNAL_URL of the apps names.',
      ),
    ]
  }
  const published = `http://${new URL(authUrl).hostname}:${internalPort}`
  const answer = https ? await ask(`${published}/healthz`) : null
  if (answer?.ok) {
    return [
      warn(
        `The listener for apps answers at ${published}, the public name, as well: strangers may reach it there.`,
        `Set INTERNAL_HOST to a private address (it is ${internalHost}), or close port ${internalPort} to the outside.`,
      ),
    ]
  }
  const listening = await ask(`http://${hostOf(internalHost)}:${internalPort}/healthz`)
  return listening.ok && listening.value.text.includes('"status"')
    ? [ok(`Apps have a listener of their own, on port ${internalPort} of ${internalHost}.`)]
    : [
        warn(
          `The listener for apps could not be seen on port ${internalPort} of ${internalHost}.`,
          'Start the auth service again, so that it listens there, and run the doctor on the machine of the service.',
        ),
      ]
}

/** A host in URL syntax; a wildcard address becomes this machine. */
function hostOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
