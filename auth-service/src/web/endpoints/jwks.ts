import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { Service } from '../../service.ts'

const PATH = '/.well-known/jwks.json'

/**
 * `GET /.well-known/jwks.json`: the public keys, current, next and retiring (RFC 7517, section 5). Scripts of every
 * origin may read them.
 */
export const jwksEndpoint = ({ keys }: Pick<Service, 'keys'>) =>
  new Hono()
    .use(PATH, cors({ origin: '*', allowMethods: ['GET'] }))
    .get(PATH, (c) => c.json(keys.published(), 200, { 'cache-control': 'public, max-age=300' }))
