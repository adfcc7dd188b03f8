import type { Config } from '../../platform/config/config.ts'

/** What one look at something showed. */
export interface Finding {
  /** What was looked at, e.g. `database` or an app's address. */
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly what: string
  /** How to mend it, where it is not well. */
  readonly remedy?: string
}

/** What there is to examine. */
export interface Patient {
  readonly config: Config
  /** Where apps reach the auth service from inside; `null` where nobody said. */
  readonly internalUrl: string | null
  /** Whether AUTH_INTERNAL_URL says so; else it is where the service listens, and apps use AUTH_URL. */
  readonly isInternalUrlGiven?: boolean
  /** Pages of apps that ask to sign in. */
  readonly apps: readonly URL[]
  readonly now: () => number
}

export type Check = (patient: Patient) => Promise<readonly Finding[]>

export const isWell = (findings: readonly Finding[]): boolean =>
  findings.every(({ status }) => status !== 'fail')

/** Makes the findings of one check. */
export const findingsOf = (check: string) => ({
  ok: (what: string): Finding => ({ check, status: 'ok', what }),
  warn: (what: string, remedy: string): Finding => ({ check, status: 'warn', what, remedy }),
  fail: (what: string, remedy: string): Finding => ({ check, status: 'fail', what, remedy }),
})
