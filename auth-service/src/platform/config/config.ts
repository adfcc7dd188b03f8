import { cookieNames } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { configSchema } from './config-schema.ts'
import { nameOf } from './setting.ts'
import type { Environment } from './settings.ts'

export type { Environment } from './settings.ts'

/** The service's validated settings. Durations in seconds. docs/settings.md describes each. */
export interface Config extends Readonly<v.InferOutput<ReturnType<typeof configSchema>>> {}

/** The settings are invalid. The message lists every problem with its remedy, and never contains a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'invalid_config'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const fit = problems.map(withoutPasswords)
    super(["The auth service can't start:", ...fit].join('\n  - '))
    this.problems = fit
  }
}

/** Without user and password in URLs, since any setting may contain the value of another. */
const withoutPasswords = (text: string): string => text.replace(/:\/\/(?!user:password@)[^\s"]*@/g, '://…@')

/**
 * Reads the settings from the environment; an empty variable counts as unset.
 * @throws ConfigError listing all problems at once
 */
export function readConfig(env: Environment): Config {
  const schema = configSchema(env)
  const given = Object.entries(schema.entries).map(([key, entry]) => [key, env[nameOf(entry)] || undefined])
  const result = v.safeParse(schema, Object.fromEntries(given))
  if (!result.success) throw new ConfigError(result.issues.map(({ message }) => message))
  return result.output
}

/** The names of this service's two cookies. */
export const configuredCookieNames = ({ https, cookiePrefix, refreshCookie }: Config) =>
  cookieNames({ https, prefix: cookiePrefix, refreshScope: refreshCookie })
