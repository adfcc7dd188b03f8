import type { AppParts } from '../apps/app-parts.ts'
import type { Events } from '../events/events.ts'
import type { Platform } from '../platform/platform.ts'
import type { ClosableModule } from '../platform/process/module.ts'
import type { UserParts } from '../users/user-parts.ts'
import { type ApiTokens, createApiTokens } from './api-tokens/api-tokens.ts'
import { createDeviceAuthorization, type DeviceAuthorization } from './api-tokens/device-authorization.ts'
import { type ApiTokenIntrospection, createApiTokenIntrospection } from './api-tokens/introspect-api-token.ts'
import { createDeviceRequests, type DeviceRequests } from './device-requests.ts'
import { createKeys, type Keys } from './keys/signing-keys.ts'
import { createTokens } from './session-tokens.ts'
import { createRecognition, createRotation } from './sessions/refresh-rotation.ts'
import { createReuseDetection } from './sessions/reuse-detection.ts'
import { createSessionCookies, createSessionSecrets } from './sessions/session-cookies.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { createSessionTermination } from './sessions/termination.ts'
import {
  createIntrospection,
  createRefreshIntrospection,
  type Introspect,
  type IntrospectRefresh,
} from './token-introspection.ts'

/** The signing keys, the sessions and API tokens, and what tokens are worth. */
export interface TokenParts {
  readonly keys: Keys
  readonly sessions: Sessions
  readonly introspect: Introspect
  readonly introspectRefresh: IntrospectRefresh
  readonly apiTokens: ApiTokens
  readonly deviceRequests: DeviceRequests
  readonly deviceAuthorization: DeviceAuthorization
  readonly introspectApiToken: ApiTokenIntrospection['introspect']
}

export interface TokenPartsOptions extends Platform, Events, AppParts, Pick<UserParts, 'users'> {}

/** @throws ConfigError where SECRET_KEY does not open the signing keys */
export async function createTokenParts(options: TokenPartsOptions) {
  const keys = await createKeys(options)
  const tokens = createTokens({ ...options, keys })
  const cookies = createSessionCookies(options.config)
  const sessions = createSessions({
    ...options,
    tokens,
    cookies,
    rotate: createRotation(options),
    recognise: createRecognition(options),
    termination: createSessionTermination({ ...options, tokens, cookies }),
    endReused: createReuseDetection(options),
    secrets: createSessionSecrets(options.config),
  })
  const apiTokens = createApiTokens(options)
  const deviceRequests = createDeviceRequests(options)
  const deviceAuthorization = createDeviceAuthorization({ ...options, apiTokens, requests: deviceRequests })
  const apiTokenIntrospection = createApiTokenIntrospection(options)
  return {
    parts: {
      keys,
      sessions,
      introspect: createIntrospection({ ...options, tokens }),
      introspectRefresh: createRefreshIntrospection({ ...options, tokens }),
      apiTokens,
      deviceRequests,
      deviceAuthorization,
      introspectApiToken: apiTokenIntrospection.introspect,
    },
    deleteExpired: {
      sessions: sessions.deleteExpired,
      apiTokens: apiTokens.deleteExpired,
      deviceRequests: deviceRequests.deleteExpired,
      signingKeys: keys.maintain,
    },
    close: apiTokenIntrospection.close,
  } satisfies ClosableModule<TokenParts>
}
