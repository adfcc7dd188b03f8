import { ConfigError, readConfig } from '../../../auth-service/src/platform/config/config.ts'

/** The names of all settings: everything read from the environment. */
export function settingsRead(): string[] {
  const names = new Set<string>()
  const env = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_, name) => void names.add(String(name)),
    },
  )
  try {
    readConfig(env)
  } catch (error) {
    // Some are required and missing here.
    if (!(error instanceof ConfigError)) throw error
  }
  return [...names]
}
