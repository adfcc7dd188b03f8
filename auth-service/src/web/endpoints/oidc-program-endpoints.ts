import { type Context, Hono } from 'hono'
import type { OidcPages, OidcRequest } from '../../oidc/oidc-request.ts'
import { METADATA_ROUTES, OIDC_ROUTES } from '../../oidc/oidc-routes.ts'
import type { Service } from '../../service.ts'
import { noteRoute } from '../middleware/request-log.ts'
import { koaExchange } from './koa-exchange.ts'

const { token, userinfo, introspection, revocation, ...others } = OIDC_ROUTES
const { device_authorization, pushed_authorization_request } = others

/**
 * The part of OpenID Connect that apps ask, and no browser, for the listener of apps: their `AUTH_INTERNAL_URL` leads
 * there. What strangers are limited in, they are not.
 */
export function oidcProgramEndpoints({ config, oidc }: Pick<Service, 'config' | 'oidc'>): Hono {
  const app = new Hono()

  async function answer(c: Context, path: string): Promise<Response> {
    noteRoute(c, path)
    const { req, res, response } = await koaExchange(c, config)
    await oidc.handle(req, res, { ...FROM_AN_APP, device: c.var.device })
    return response()
  }

  for (const path of METADATA_ROUTES) {
    app.get(path, (c, next) => (oidc.isOn() ? answer(c, path) : next()))
  }
  app.get(userinfo, (c, next) => (oidc.isOn() ? answer(c, userinfo) : next()))
  for (const path of [
    token,
    userinfo,
    introspection,
    revocation,
    pushed_authorization_request,
    device_authorization,
  ]) {
    app.post(path, (c, next) => (oidc.isOn() ? answer(c, path) : next()))
  }
  return app
}

/** oidc-provider shows errors as pages to those who accept HTML. */
const PLAIN: OidcPages = {
  error: async ({ error }) => ({ html: error.replace(/[^a-z_]/g, ''), headers: {} }),
  signOut: async () => ({ html: '', headers: {} }),
}

const FROM_AN_APP: Omit<OidcRequest, 'device'> = { sid: null, pages: PLAIN, spend: async () => true }
