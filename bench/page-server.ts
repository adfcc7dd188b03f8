import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { JWK } from 'jose'
import { expressPage } from './express-page.ts'
import { barePage, notesPage } from './hono-page.ts'
import { createLocalUsers } from './local-users.ts'
import type { PageKind, Variant } from './variants.ts'

const [variant, kind, keyJson, people] = process.argv.slice(2) as [Variant, PageKind, string, string]
const jwk = JSON.parse(keyJson) as JWK
const local = createLocalUsers(jwk, Number(people))

async function createPage(): Promise<Server> {
  if (kind === 'express') return createServer(expressPage(variant, local))
  const { fetch } = await (kind === 'notes' ? notesPage : barePage)(variant, local, jwk)
  return createAdaptorServer({ fetch }) as Server
}

const server = await createPage()
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
