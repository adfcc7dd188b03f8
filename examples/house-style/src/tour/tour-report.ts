/** What a button of the tour can do. */
export const ACTIONS = ['become_staff', 'leave_staff', 'end_token', 'stop_auth', 'end_all'] as const
export type Action = (typeof ACTIONS)[number]

export const isAction = (value: unknown): value is Action => ACTIONS.includes(value as Action)

/** `already`: there was nothing to change. */
const OUTCOMES = ['done', 'already', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Why an app has not heard of a change: it follows none yet, it has no connection, or the news is late. */
const SILENCES = ['unopened', 'disconnected', 'late'] as const
export type Silence = (typeof SILENCES)[number]

/** When an app heard of a change, in ms after it was asked for; or why not. */
export type Hearing =
  | { readonly app: string; readonly ms: number }
  | { readonly app: string; readonly silence: Silence }

/** What a button did, and which app heard of it when. */
export interface Report {
  readonly action: Action
  readonly outcome: Outcome
  readonly heard: readonly Hearing[]
  /** Seconds until the auth service starts again, if it was stopped. */
  readonly seconds?: number
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
  const { action, outcome, heard, seconds = 0 } = Object(value) as Record<string, unknown>
  const isKnown = isAction(action) && OUTCOMES.includes(outcome as Outcome) && Number.isSafeInteger(seconds)
  return isKnown && Array.isArray(heard) && heard.every(isHearing)
}

function isHearing(value: unknown): boolean {
  const { app, ms, silence } = Object(value) as Record<string, unknown>
  // One of the two: a page shows the time where there is one.
  const isKnown = ms === undefined ? SILENCES.includes(silence as Silence) : Number.isSafeInteger(ms)
  return typeof app === 'string' && app.length < 40 && isKnown
}
