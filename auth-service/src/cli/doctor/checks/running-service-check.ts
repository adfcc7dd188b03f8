import { sharedSettings } from '../../../web/endpoints/inspect.ts'
import { inspect } from '../ask-service.ts'
import { type Check, findingsOf } from '../finding.ts'

const { ok, warn, fail } = findingsOf('running service')

/** Whether the running service has the settings given here, on which all other checks rely. */
export const checkRunning: Check = async (target) => {
  const { config } = target
  const seen = await inspect(target, config.authUrl)
  if (!seen.ok) {
    return [
      warn(
        `Can't read the settings of the service at ${config.authUrl}: ${seen.reason}.`,
        'Run the doctor with the SECRET_KEY and the version of the running service.',
      ),
    ]
  }
  const { settings } = seen.value.inspection
  const wrong = Object.entries(sharedSettings(config)).filter(([name, value]) => settings[name] !== value)
  return wrong.length === 0
    ? [ok('The running service has the same settings as the doctor.')]
    : wrong.map(([name, value]) =>
        fail(
          `The running service has ${name}=${settings[name] ?? ''}, but here it is ${value || 'empty'}.`,
          'Run the doctor with the environment of the service, or restart the service with the settings given here.',
        ),
      )
}
