import { Hono } from 'hono'
import { tokenJson } from '../../tokens/api-tokens/api-token.ts'
import { invalid, refuse } from '../components/error-page.tsx'
import { mediaType } from '../forms/body.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { noStore } from '../middleware/security-headers.ts'
import { problem } from '../problems.ts'
import type { Web } from '../web.ts'

/** `POST /api/tokens`: creates an API token for an email and password, for programs without a browser. JSON only. */
export const apiTokensEndpoint = ({ createTokenByPassword, forms }: Web): Hono =>
  new Hono().use('/api/tokens', noStore).post('/api/tokens', async (c) => {
    if (mediaType(c) !== 'application/json') {
      noteRefusal(c, 'unsupported_media_type')
      const detail = 'Send a JSON object, with content-type: application/json.'
      return problem('unsupported_media_type', { title: 'Unsupported content type', detail })
    }
    const { fields, refused } = await forms.read(c)
    if (refused) return refuse(c, refused)
    const { device_name: device, name = device, apps = 'all', ...rest } = fields
    const created = await createTokenByPassword({ ...rest, name, apps }, c.var.device)
    if (created.ok) {
      const news = created.deletionCancelled ? { deletion_cancelled: true } : {}
      return c.json({ ...tokenJson(created.token), token: created.secret, ...news }, 201)
    }
    const { name: wrongName, ...errors } = created.errors
    // The program finds the error under the name that it sent, or should have sent.
    const named = wrongName && { [fields.name === undefined ? 'device_name' : 'name']: wrongName }
    return invalid(created.isSignInError ? 'sign_in_failed' : 'invalid_fields', { ...named, ...errors })
  })
