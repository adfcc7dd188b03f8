import { Hono } from 'hono'
import { createLog } from '../../../auth-service/src/platform/logging/logger.ts'
import { identifyClient } from '../../../auth-service/src/web/middleware/request-client.ts'
import { describeDevice } from '../../../auth-service/src/web/middleware/request-device.ts'
import { testConfig } from './services.ts'

/** An app that describes the device of each request, as ours does for pages. */
export function pageApp({ https = false } = {}): Hono {
  const service = { config: testConfig({ https }), log: createLog('silent') }
  return new Hono().use(identifyClient(service), describeDevice({ https }))
}
