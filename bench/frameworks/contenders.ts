import type { CreateContender } from './contender.ts'
import {
  authJsExpress,
  bareExpress,
  expressJwt,
  latchkeyExpress,
  privateExpress,
  sessionExpress,
} from './express-contenders.ts'
import { bareFastify, fastifyJwtWith, latchkeyFastify, privateFastify } from './fastify-contenders.ts'
import {
  bareFetch,
  joseFetch,
  latchkeyFetch,
  onHonoServer,
  onSrvx,
  privateFetch,
} from './fetch-contenders.ts'
import {
  authJsHono,
  bareHono,
  betterAuthElsewhere,
  betterAuthHono,
  honoJwt,
  ironHono,
  latchkeyHono,
  privateHono,
} from './hono-contenders.ts'
import { bareKoa, koaJwt, latchkeyKoa, privateKoa } from './koa-contenders.ts'
import { bareNext, ironNext, joseNext, latchkeyNext, privateNext } from './next-contenders.ts'
import { bareNode, ironNode, latchkeyNode, privateNode } from './node-contenders.ts'

export const NOTHING = 'nothing'
/** The same response as Latchkey's, without authentication. */
export const SAME_ANSWER = 'nothing, but says that it is private'
export const LATCHKEY = 'Latchkey'

/** What others use today. */
export interface Peer {
  readonly create: CreateContender
  /** The factor by which we promise to lead: what was measured before this project began, if anything was. */
  readonly lead?: number
}

/** One framework: its page without authentication, ours, and those of our peers. */
export interface Group {
  readonly nothing: CreateContender
  readonly sameAnswer: CreateContender
  readonly latchkey: CreateContender
  /** The framework itself says that each page is private. */
  readonly isPrivate?: true
  readonly peers: Readonly<Record<string, Peer>>
}

export const GROUPS: Readonly<Record<string, Group>> = {
  Hono: {
    nothing: bareHono,
    sameAnswer: privateHono,
    latchkey: latchkeyHono,
    peers: {
      'hono/jwt': { create: honoJwt, lead: 7 },
      'iron-session': { create: ironHono, lead: 8.5 },
      'better-auth, session in SQLite': { create: betterAuthHono('database'), lead: 20 },
      'better-auth, cookie cache': { create: betterAuthHono('cookie'), lead: 18 },
      'better-auth, asymmetric cookie': { create: betterAuthHono('asymmetric cookie'), lead: 18 },
      'better-auth, asymmetric cookie in another app': { create: betterAuthElsewhere, lead: 7 },
      'Auth.js': { create: authJsHono, lead: 40 },
    },
  },
  Express: {
    nothing: bareExpress,
    sameAnswer: privateExpress,
    latchkey: latchkeyExpress,
    peers: {
      'express-jwt': { create: expressJwt, lead: 2.8 },
      'express-session on SQLite': { create: sessionExpress, lead: 2.1 },
      'Auth.js': { create: authJsExpress, lead: 20 },
    },
  },
  Fastify: {
    nothing: bareFastify,
    sameAnswer: privateFastify,
    latchkey: latchkeyFastify,
    peers: {
      '@fastify/jwt': { create: fastifyJwtWith({}), lead: 6 },
      '@fastify/jwt with its cache': { create: fastifyJwtWith({ cache: true }), lead: 2.2 },
      '@fastify/jwt with its cache, by the whole token': {
        create: fastifyJwtWith({ cache: true, cacheKeyBuilder: (token: string) => token }),
        lead: 1.7,
      },
    },
  },
  Koa: {
    nothing: bareKoa,
    sameAnswer: privateKoa,
    latchkey: latchkeyKoa,
    peers: { 'koa-jwt': { create: koaJwt, lead: 2.8 } },
  },
  'node:http': {
    nothing: bareNode,
    sameAnswer: privateNode,
    latchkey: latchkeyNode,
    peers: { 'iron-session': { create: ironNode, lead: 8.5 } },
  },
  Next: {
    nothing: bareNext,
    sameAnswer: privateNext,
    latchkey: latchkeyNext,
    isPrivate: true,
    peers: {
      'jose in the proxy and in the page': { create: joseNext },
      'iron-session in the page, without a proxy': { create: ironNext },
    },
  },
  'Fetch on @hono/node-server': {
    nothing: bareFetch(onHonoServer),
    sameAnswer: privateFetch(onHonoServer),
    latchkey: latchkeyFetch(onHonoServer),
    peers: { jose: { create: joseFetch(onHonoServer), lead: 5 } },
  },
  'Fetch on srvx': {
    nothing: bareFetch(onSrvx),
    sameAnswer: privateFetch(onSrvx),
    latchkey: latchkeyFetch(onSrvx),
    peers: { jose: { create: joseFetch(onSrvx), lead: 5 } },
  },
}

/** The contenders of a framework, by what their page does about the session. */
export const contendersOf = ({ nothing, sameAnswer, latchkey, peers }: Group): Map<string, CreateContender> =>
  new Map([
    [NOTHING, nothing],
    [SAME_ANSWER, sameAnswer],
    [LATCHKEY, latchkey],
    ...Object.entries(peers).map(([name, { create }]) => [name, create] as const),
  ])
