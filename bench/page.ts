import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { JWK } from 'jose'
import { expressPage } from './express-page.ts'
import { barePage, notesPage } from './hono-page.ts'
import { createLocalUsers } from './local-users.ts'
import type { PageKind, Variant } from './variants.ts'

/** A server of one page, at `/notes`, that does not listen yet. */
export async function createPage(
  kind: PageKind,
  variant: Variant,
  jwk: JWK,
  people: number,
): Promise<Server> {
  const local = createLocalUsers(jwk, people)
  if (kind === 'express') return createServer(expressPage(variant, local))
  const { fetch } = await (kind === 'notes' ? notesPage : barePage)(variant, local, jwk)
  return createAdaptorServer({ fetch }) as Server
}
