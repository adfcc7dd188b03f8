import { Hono } from 'hono'
import { tokenJson } from '../../tokens/api-tokens/api-tokens.ts'
import { invalid, refuse } from '../components/error-page.tsx'
import { wantsJson } from '../forms/negotiation.ts'
import { noStore } from '../middleware/no-store.ts'
import { deviceOf } from '../middleware/request-device.ts'
import type { Web } from '../web.ts'

/** `POST /api/tokens`: creates an API token for an email and password, for programs without a browser. JSON only. */
export const apiTokensEndpoint = ({ createTokenByPassword, forms }: Web): Hono =>
  new Hono().use('/api/tokens', noStore).post('/api/tokens', async (c) => {
    const { fields, refused } = await forms.read(c)
    if (refused) return refuse(c, refused)
    if (!wantsJson(c)) return refuse(c, 'unsupported_media_type')
    const { device_name: device, name = device, apps = 'all', ...rest } = fields
    const created = await createTokenByPassword({ ...rest, name, apps }, deviceOf(c))
    if (created.ok) return c.json({ ...tokenJson(created.token), token: created.secret }, 201)
    return invalid(created.isSignInError ? 'sign_in_failed' : 'invalid_fields', created.errors)
  })
