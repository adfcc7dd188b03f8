import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'
import { createPage } from './page.ts'
import type { PageKind, Variant } from './variants.ts'

const [variant, kind, keyJson, people] = process.argv.slice(2) as [Variant, PageKind, string, string]
const server = await createPage(kind, variant, JSON.parse(keyJson) as JWK, Number(people))
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
