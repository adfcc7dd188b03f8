import type * as InProcess from './explain-error-process.ts'

/** Workers are told little more than that a request failed. */
export const explainError: typeof InProcess.explainError = (error, { setting = 'AUTH_INTERNAL_URL' }) => {
  const { name } = error as Error
  return {
    reason: name === 'TimeoutError' ? 'it did not answer in time' : `the connection failed (${name})`,
    remedy: `Check ${setting}, and whether the auth service is running.`,
  }
}
