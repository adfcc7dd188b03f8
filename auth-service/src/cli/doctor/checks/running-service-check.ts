import { sharedSettings } from '../../../web/endpoints/inspect.ts'
import { inspect } from '../ask-service.ts'
import { type Check, findingsOf } from '../finding.ts'

const { ok, warn, fail } = findingsOf('running service')

/** Whether the running service has the settings given here, on which all other checks rely. */
export const checkRunning: Check = async (patient) => {
  const { config } = patient
  const seen = await inspect(patient, config.authUrl)
  if (!seen.ok) {
    return [
      warn(
        `The service at ${config.authUrl} does not tell its settings: ${seen.reason}.`,
        'Run the doctor with the SECRET_KEY and the version of the running service.',
      ),
    ]
  }
  const { settings } = seen.value.inspection
  const wrong = Object.entries(sharedSettings(config)).filter(([name, value]) => settings[name] !== value)
  return wrong.length === 0
    ? [ok('The running service has the settings given here.')]
    : wrong.map(([name, value]) =>
        fail(
          `The running service has ${name}=${settings[name] ?? ''}, and here it is ${value || 'empty'}.`,
          'Run the doctor with the environment of the service, or start the service again with the settings given here.',
        ),
      )
}
