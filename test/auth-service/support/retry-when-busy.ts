import { isOutage } from '../../../auth-service/src/platform/database/db-errors.ts'

/**
 * Retries while the database is too busy: on a loaded machine, a hundred simultaneous requests can wait longer for a
 * connection than the service allows, and get a 503.
 */
export async function retryWhenBusy<Value>(work: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isOutage(error)) throw error
    }
  }
}
