import { type Config, ConfigError, type Environment, readConfig } from '../../../platform/config/config.ts'
import { type Finding, findingsOf } from '../finding.ts'

const { ok, fail } = findingsOf('settings')

/** The settings with their findings, or `null` if they are invalid. */
export function checkSettings(env: Environment): { config: Config | null; findings: readonly Finding[] } {
  try {
    const config = readConfig(env)
    const { authUrl, cookieDomain } = config
    return { config, findings: [ok(`AUTH_URL is ${authUrl}, COOKIE_DOMAIN is ${cookieDomain}.`)] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { config: null, findings: error.problems.map(failed) }
  }
}

/** The problems, each with its remedy. */
function failed(problem: string): Finding {
  const [, what = problem, remedy = 'Set it to the same value as for the auth service.'] =
    /^(.*?[.:]) ([A-Z].*)$/s.exec(problem) ?? []
  return fail(what, remedy)
}
