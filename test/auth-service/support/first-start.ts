/** One starting auth service: it waits for a line on stdin, so that many can start at the same moment. */
import { once } from 'node:events'
import { readConfig } from '../../../auth-service/src/platform/config/config.ts'
import { createService } from '../../../auth-service/src/service.ts'

const config = readConfig(process.env)
console.log('ready')
await once(process.stdin, 'data')
const service = await createService(config)
const kids = service.keys.published().keys.map(({ kid }) => kid)
console.log(JSON.stringify({ current: service.keys.current().kid, kids }))
await service.close()
process.exit(0)
