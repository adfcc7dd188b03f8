import { type Check, findingsOf } from '../finding.ts'
import { probe } from '../http-probe.ts'

const { ok, warn } = findingsOf('feed places')

/** Whether apps have feed connections that strangers cannot use up, and whether strangers cannot reach those. */
export const checkFeedPlaces: Check = async ({ config }) => {
  const { authUrl, https, internalHost, internalPort } = config
  if (internalPort === undefined) {
    // An http URL means a developer's machine.
    if (!https) return []
    return [
      warn(
        `Apps that follow the feed at ${authUrl} share its connections with anonymous clients, who can use up all of them.`,
        'Set INTERNAL_PORT to a port that the proxy does not publish, and set AUTH_INTERNAL_URL of your apps to its address.',
      ),
    ]
  }
  if (internalPort === 0) {
    return [
      warn(
        "INTERNAL_PORT is 0: the listener for apps uses a random port at each start, so apps can't find it.",
        'Set INTERNAL_PORT to the port in AUTH_INTERNAL_URL of the apps.',
      ),
    ]
  }
  const published = `http://${new URL(authUrl).hostname}:${internalPort}`
  const answer = https ? await probe(`${published}/healthz`) : null
  if (answer?.ok) {
    return [
      warn(
        `The listener for apps also answers at the public name ${published}: anyone may be able to reach it there.`,
        `Set INTERNAL_HOST to a private address (it is ${internalHost}), or close port ${internalPort} to the outside.`,
      ),
    ]
  }
  const listening = await probe(`http://${hostOf(internalHost)}:${internalPort}/healthz`)
  return listening.ok && listening.value.text.includes('"status"')
    ? [ok(`Apps have their own listener on port ${internalPort} of ${internalHost}.`)]
    : [
        warn(
          `The listener for apps does not answer on port ${internalPort} of ${internalHost}.`,
          'Restart the auth service so that it listens there, and run the doctor on the same machine.',
        ),
      ]
}

/** A host in URL syntax; a wildcard address becomes this machine. */
function hostOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
