import { Hono } from 'hono'
import { createLog } from '../../../auth-service/src/platform/logging/logger.ts'
import { addLanguage } from '../../../auth-service/src/web/middleware/page-context.ts'
import { identifyClient } from '../../../auth-service/src/web/middleware/request-client.ts'
import { testConfig } from './services.ts'

/** An app that describes the device of each request, as ours does for pages. */
export function pageApp({ https = false } = {}): Hono {
  const service = { config: testConfig({ https }), log: createLog('silent') }
  return new Hono().use(identifyClient(service), addLanguage({ https }))
}
