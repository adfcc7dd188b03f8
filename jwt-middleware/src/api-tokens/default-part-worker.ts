import { NO_API_TOKENS } from '#process-or-worker/contract/log-messages'
import { problemResponse } from '../contract/problem.ts'
import { PRIVATE } from '../http/answer.ts'
import type * as InProcess from './default-part-process.ts'

const MISSING =
  "AUTH_CLIENT_ID is set. A worker needs the code for API tokens, too: import { apiTokens } from '@latchkey/jwt-middleware', and pass createAuth({ apiTokens })"

/** `problemsOf()` has refused them. */
const apart = () => {
  throw new Error(MISSING)
}

/** None, since it is a sixth of a worker that needs none. */
export const defaultPart: typeof InProcess.defaultPart = {
  problemsOf: ({ clientId, clientSecret }) => ((clientId ?? clientSecret) ? [MISSING] : []),
  createCredentials: apart,
  createSide({ ownOrigin, nobody, metrics, warn }) {
    function refuse(): Response {
      metrics.reject('no_credentials')
      warn({ event: 'token_refused', cause: 'no_credentials', setting: 'apiTokens' }, NO_API_TOKENS)
      return problemResponse(
        { status: 401, title: 'API token refused', detail: 'This app takes no API tokens.' },
        { ...PRIVATE, 'www-authenticate': `Bearer realm="${ownOrigin}", error="invalid_token"` },
      )
    }
    const refused = () => ({ user: nobody('rejected'), setCookies: [], refusal: refuse() })
    const ignore = () => {}
    return {
      authenticate: async () => refused(),
      foreign: refused,
      holderOf: () => undefined,
      confirm: async () => refuse(),
      withoutToken: refuse,
      withoutScopes: refuse,
      beyondScopes: refuse,
      recall: () => null,
      hear: ignore,
      forget: ignore,
      credentialOf: () => undefined,
      publish: ignore,
      attend: () => null,
      close: ignore,
    }
  },
}
