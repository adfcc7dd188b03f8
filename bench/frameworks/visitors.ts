import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addressOf, besideOthers, createIssuer, uuidOf } from '../people.ts'
import type { CreateContender, Visitor, Visitors } from './contender.ts'

/** That many users with access tokens of our auth service. */
export async function createVisitors(count: number): Promise<Visitors> {
  const { jwk, issue } = await createIssuer()
  const all = Array.from({ length: count }, (_, i) => ({
    uuid: uuidOf(i),
    email: addressOf(i),
    token: issue(i),
    untypedToken: issue(i, 'JWT'),
  }))
  return { jwk, all: all as unknown as [Visitor, ...Visitor[]] }
}

/** A contender that listens. */
export interface Opened {
  readonly server: Server
  readonly port: number
  /** The `Cookie` header of each visitor. */
  readonly cookies: readonly string[]
}

export async function openContender(create: CreateContender, visitors: Visitors): Promise<Opened> {
  const { server, signIn } = await create(visitors)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const cookies: string[] = []
  for (const visitor of visitors.all) {
    cookies.push(besideOthers(await signIn(visitor, `http://127.0.0.1:${port}`)))
  }
  return { server, port, cookies }
}
