import { Hono } from 'hono'
import type { Service } from '../../service.ts'
import { appPermissionsEndpoint } from './app-permissions-endpoint.ts'
import { signOutEndpoint } from './app-sign-out.ts'
import { healthzEndpoint } from './healthz.ts'
import { introspectEndpoint } from './introspect.ts'
import { jwksEndpoint } from './jwks.ts'
import { refreshEndpoint } from './refresh.ts'
import { type RevocationsEndpointOptions, revocationsEndpoint } from './revocations.ts'
import { revokeEndpoint } from './revoke.ts'
import { tokenGrants } from './token-grants.ts'

/** All endpoints for apps. */
export const endpointsForApps = (service: Service, options: RevocationsEndpointOptions = {}): Hono =>
  new Hono()
    .route('/', refreshEndpoint(service))
    .route('/', revocationsEndpoint(service, options))
    .route('/', introspectEndpoint(service))
    .route('/', revokeEndpoint(service))
    .route('/', tokenGrants(service))
    .route('/', appPermissionsEndpoint(service))
    .route('/', signOutEndpoint(service))
    .route('/', jwksEndpoint(service))
    .route('/', healthzEndpoint(service))
