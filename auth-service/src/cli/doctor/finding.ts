import type { Config } from '../../platform/config/config.ts'

/** The result of one check. */
export interface Finding {
  /** The subject, e.g. `database` or an app's URL. */
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly what: string
  /** The remedy, unless the status is ok. */
  readonly remedy?: string
}

/** The subject of an examination. */
export interface Target {
  readonly config: Config
  /** The internal URL of the auth service; `null` if it is not known. */
  readonly internalUrl: string | null
  /** Pages of apps that require a login. */
  readonly apps: readonly URL[]
  readonly now: () => number
}

export type Check = (target: Target) => Promise<readonly Finding[]>

export const isWell = (findings: readonly Finding[]): boolean =>
  findings.every(({ status }) => status !== 'fail')

/** Creates the findings of one check. */
export const findingsOf = (check: string) => ({
  ok: (what: string): Finding => ({ check, status: 'ok', what }),
  warn: (what: string, remedy: string): Finding => ({ check, status: 'warn', what, remedy }),
  fail: (what: string, remedy: string): Finding => ({ check, status: 'fail', what, remedy }),
})
