/** One contender in a process of its own: `contender-server.ts FRAMEWORK NAME VISITORS`. */

import type { CreateContender } from './contender.ts'
import { contendersOf, GROUPS, type Group } from './contenders.ts'
import { createVisitors, openContender } from './visitors.ts'

const [framework = '', name = '', count = ''] = process.argv.slice(2)
const create = contendersOf(GROUPS[framework] as Group).get(name) as CreateContender
const { port, cookies } = await openContender(create, await createVisitors(Number(count)))
process.send?.({ port, cookies })
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
