import { isOutage } from '../../../auth-service/src/platform/database/db-errors.ts'

/**
 * Does it, and once more where the database was too busy: on a loaded machine, a hundred at once may wait longer for a
 * connection than a service lets people wait, who then get a 503 and try again.
 */
export async function insist<Value>(work: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isOutage(error)) throw error
    }
  }
}
