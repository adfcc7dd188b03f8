import type { Server } from 'node:http'
import type { User } from '@latchkey/jwt-middleware'
import type { JWK } from 'jose'
import { paragraphs } from '../variants.ts'

/** A user who is signed in. */
export interface Visitor {
  readonly uuid: string
  readonly email: string
  /** An access token of our auth service. */
  readonly token: string
  /** The same for verifiers that reject explicitly typed tokens (RFC 8725, section 3.11). */
  readonly untypedToken: string
}

export interface Visitors {
  /** The public key of their tokens. */
  readonly jwk: JWK
  readonly all: readonly [Visitor, ...Visitor[]]
}

/** A server of one page, which shows the email of the user. */
export interface Contender {
  /** Does not listen yet. */
  readonly server: Server
  /** The visitor's cookies, as `name=value; name=value`. The server listens at that origin. */
  signIn(visitor: Visitor, origin: string): Promise<string> | string
}

export type CreateContender = (visitors: Visitors) => Contender | Promise<Contender>

/** Where the page is. */
export const PATH = '/notes'
export const REFUSAL = 'Sign in first.'
export const HTML = 'text/html; charset=UTF-8'

/** The page of 2 KB. */
export const pageOf = (email: string): string => `${paragraphs}<p>${email}</p>`

/** The headers that keep a user's page out of shared caches, as Latchkey sets them. */
export const KEPT_PRIVATE = { 'Cache-Control': 'private, no-store', Vary: 'Cookie' } as const

/** The cookies of a response, as a browser sends them. */
export const cookiesOf = ({ headers }: { readonly headers: Headers }): string =>
  headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')

/** The email of a user of ours. */
export const emailOf = (user: User): string | undefined => (user.isAuthenticated ? user.email : undefined)
