import { Hono } from 'hono'
import type { Service } from '../../service.ts'

/** `GET /.well-known/jwks.json`: the public keys, current, next and retiring (RFC 7517, section 5). */
export const jwksEndpoint = ({ keys }: Pick<Service, 'keys'>) =>
  new Hono().get('/.well-known/jwks.json', (c) =>
    c.json(keys.published(), 200, { 'cache-control': 'public, max-age=300' }),
  )
