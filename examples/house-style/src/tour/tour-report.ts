/** What a button of the tour can do. */
export const ACTIONS = ['become_staff', 'leave_staff', 'end_token', 'stop_auth', 'end_all'] as const
export type Action = (typeof ACTIONS)[number]

export const isAction = (value: unknown): value is Action => ACTIONS.includes(value as Action)

/** What a button did, and which app heard of it after how many ms; `null` if it has not. */
export interface Report {
  readonly action: Action
  readonly ok: boolean
  readonly heard: readonly { readonly app: string; readonly ms: number | null }[]
}

/** The cookie that takes a report to the next page, for that many seconds. */
export const REPORT_COOKIE = 'tour-report'
export const REPORT_AGE = 10

export const writeReport = (report: Report): string =>
  Buffer.from(JSON.stringify(report)).toString('base64url')

/** The report, or `null`: a sibling host can set a cookie of that name. */
export function readReport(text: string | undefined): Report | null {
  if (text === undefined || text.length > 1_000) return null
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString())
    return isReport(value) ? value : null
  } catch {
    return null
  }
}

/** Whether a value from the demo's control, or from a cookie, is a report. */
export function isReport(value: unknown): value is Report {
  const { action, ok, heard } = Object(value) as Record<string, unknown>
  return isAction(action) && typeof ok === 'boolean' && Array.isArray(heard) && heard.every(isHeard)
}

function isHeard(value: unknown): boolean {
  const { app, ms } = Object(value) as Record<string, unknown>
  return typeof app === 'string' && app.length < 40 && (ms === null || Number.isSafeInteger(ms))
}
