import type * as InProcess from './explain-process.ts'

/** Workers are told little more than that a request failed. */
export const explainError: typeof InProcess.explainError = (error, { setting = 'AUTH_INTERNAL_URL' }) => {
  const { name } = error as Error
  return {
    reason: name === 'TimeoutError' ? 'it did not answer in time' : `the connection failed (${name})`,
    remedy: `Check ${setting}, and whether the auth service is running.`,
  }
}

export const explainAnswer: typeof InProcess.explainAnswer = (
  { status, contentType },
  { setting = 'AUTH_INTERNAL_URL' },
) =>
  status === 200 && !/^text\/html\b/i.test(contentType)
    ? null
    : {
        reason: `it answered ${status}`,
        remedy: `Check ${setting}: it must lead to the auth service itself. Redirects are not followed.`,
      }
