import * as v from 'valibot'
import { AUTH_METHODS } from '../../auth-service/src/apps/oidc-client-input.ts'
import { NAME_ID_FORMATS, SLO_BINDINGS } from '../../auth-service/src/apps/service-provider-input.ts'
import { ACCESS_WORDS } from '../../auth-service/src/platform/config/access-rules.ts'
import { PROBLEMS, type ProblemCode } from '../../auth-service/src/web/problems.ts'

// What programs are answered. Tests compare it with real answers. Times are in seconds since 1970.

const uuid = v.pipe(v.string(), v.uuid())
const time = v.pipe(v.number(), v.integer())
const timeOrNone = v.nullable(time)
const text = v.string()
const textOrNone = v.nullable(v.string())
/** Where the next page begins: `after` of the request for it. */
const nextText = textOrNone
const nextNumber = v.nullable(v.pipe(v.number(), v.integer()))

const user = {
  uuid,
  email: text,
  first_name: text,
  last_name: text,
  is_staff: v.boolean(),
  is_superuser: v.boolean(),
}
export const User = v.object(user)

export const SignedIn = v.object({
  ...user,
  next: v.pipe(text, v.url()),
  deletion_cancelled: v.optional(v.literal(true)),
  password_dropped: v.optional(v.literal(true)),
})

export const Mailed = v.object({ mailed: v.literal(true) })
export const MailedCode = v.object({ mailed: v.literal(true), sealed: text })
export const Next = v.object({ next: v.pipe(text, v.url()) })
/** `next` is missing if an app asks. */
export const SignedOut = v.object({ sessions: v.array(text), next: v.optional(v.pipe(text, v.url())) })
export const LinkOwner = v.object({ email: text })
export const Deletion = v.object({ deletion_due_at: time })

const device = {
  user_agent: text,
  device: v.unknown(),
  address: text,
  place: v.unknown(),
}

const session = {
  id: text,
  ...device,
  app: v.pipe(
    textOrNone,
    v.description('Name of the app that signed in on a device of its own; null for browsers.'),
  ),
  created_at: time,
  last_used_at: time,
  expires_at: time,
}
export const Session = v.object({ ...session, current: v.boolean() })
const UserSession = v.object(session)
export const Sessions = v.object({ sessions: v.array(Session), next: nextText })

const details = v.record(v.string(), v.unknown())

export const Event = v.object({
  at: time,
  event: text,
  by_yourself: v.boolean(),
  session_id: textOrNone,
  ...device,
  details,
})
export const History = v.object({ history: v.array(Event), next: nextNumber })

export const Account = v.object({
  ...user,
  email_verified: v.boolean(),
  pending_email: textOrNone,
  sessions: v.array(Session),
  sessions_next: nextText,
  history: v.array(Event),
})

export const AccountExport = v.record(v.string(), v.unknown())

const listedUser = {
  ...user,
  is_active: v.boolean(),
  created_at: time,
  last_login_at: timeOrNone,
  email_verified_at: timeOrNone,
}
export const ListedUser = v.object(listedUser)
export const Users = v.object({ people: v.array(ListedUser), next: nextText })

export const AuditEntry = v.object({
  id: time,
  at: time,
  event: text,
  subject: v.nullable(uuid),
  actor: textOrNone,
  session_id: textOrNone,
  user_agent: text,
  address: text,
  details,
})
export const AuditLog = v.object({ entries: v.array(AuditEntry), next: nextNumber })

const apiToken = {
  id: text,
  name: text,
  start: text,
  apps: v.union([v.literal('all'), v.array(text)]),
  scopes: v.array(text),
  created_at: time,
  expires_at: v.nullable(time),
  /** Of the creator; empty if an administrator created it with the command. */
  user_agent: text,
  device: text,
  address: text,
  last_used_at: v.nullable(time),
  last_used_app: textOrNone,
  last_used_address: textOrNone,
}
export const ApiToken = v.object(apiToken)
export const ApiTokens = v.object({ tokens: v.array(ApiToken) })
/** The token itself is told once, when it is made. */
export const NewApiToken = v.object({
  ...apiToken,
  token: text,
  deletion_cancelled: v.optional(v.literal(true)),
})

export const UserDetails = v.object({
  ...listedUser,
  groups: v.array(text),
  deletion_due_at: timeOrNone,
  sessions: v.array(UserSession),
  sessions_next: nextText,
  api_tokens: v.array(ApiToken),
  permissions: v.array(v.object({ app: time, name: text, through: v.array(text) })),
  history: v.array(AuditEntry),
})

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
export const Statistics = v.object({
  at: time,
  live_sessions: count,
  superusers: count,
  staff: count,
  days: v.array(
    v.object({
      day: v.pipe(text, v.isoDate()),
      sign_ins: count,
      failures: count,
      new_people: count,
      sessions: count,
    }),
  ),
})

const group = { id: time, name: text }
export const Group = v.object(group)
export const Groups = v.object({
  groups: v.array(v.object({ ...group, members: count })),
  next: textOrNone,
})
export const GroupMembers = v.object({
  ...group,
  members: v.array(
    v.object({ uuid, email: text, first_name: text, last_name: text, is_active: v.boolean() }),
  ),
  next: nextText,
})

/** One of `allow`, `groups` and `permissions`, as in FORWARD_AUTH_RULES. */
const rule = v.object({
  path: text,
  allow: v.optional(v.picklist(ACCESS_WORDS)),
  groups: v.optional(v.array(text)),
  permissions: v.optional(v.array(text)),
})

export const App = v.object({
  id: time,
  name: text,
  origins: v.array(text),
  start_url: text,
  icon: text,
  token_scopes: v.array(text),
  client_id: textOrNone,
  rules: v.array(rule),
})
/** `oidc` is `null` for an app that does not use OpenID Connect. */
export const AppOidc = v.object({
  client_id: textOrNone,
  oidc: v.nullable(
    v.object({
      redirect_uris: v.array(text),
      post_logout_redirect_uris: v.array(text),
      auth_method: v.picklist(AUTH_METHODS),
      keys: textOrNone,
      first_party: v.boolean(),
      back_channel_logout_uri: textOrNone,
      groups: v.nullable(v.array(text)),
      device_flow: v.boolean(),
    }),
  ),
  devices: v.pipe(count, v.description('How many devices are signed in to the app.')),
})
/** `saml` is `null` for an app that does not use SAML. Certificates are base64 of DER. */
export const AppSaml = v.object({
  saml: v.nullable(
    v.object({
      entity_id: text,
      acs_urls: v.array(text),
      slo_url: textOrNone,
      slo_binding: v.picklist(SLO_BINDINGS),
      slo_response_url: textOrNone,
      slo_soap_url: textOrNone,
      certificates: v.array(text),
      encryption_certificate: textOrNone,
      name_id_format: v.picklist(NAME_ID_FORMATS),
      signed_requests: v.boolean(),
      encrypt_assertions: v.boolean(),
      starts_here: v.boolean(),
      groups: v.nullable(v.array(text)),
    }),
  ),
})
/** The rules of an app, in order. */
export const Rules = v.object({ rules: v.array(rule) })
export const Permissions = v.object({
  apps: v.array(
    v.object({
      id: time,
      name: text,
      permissions: v.array(v.object({ name: text, description: text, groups: v.array(text) })),
    }),
  ),
})
/** The secret is told once, when it is made. */
export const AppCredentials = v.object({
  client_id: text,
  client_secret: text,
  earlier_expires_at: v.nullable(time),
})
export const Apps = v.object({ apps: v.array(App) })

const invitation = {
  id: time,
  email: textOrNone,
  is_staff: v.boolean(),
  state: text,
  invited_by: textOrNone,
  created_at: time,
  expires_at: time,
  accepted_at: timeOrNone,
  accepted_by: textOrNone,
}
export const Invitation = v.object(invitation)
/** A link for anyone is shown once, when it is made. */
export const NewInvitation = v.object({ ...invitation, link: textOrNone })
export const Invitations = v.object({ invitations: v.array(Invitation), next: nextNumber })

export const Renewed = v.object({ expires_in: count })

const entry = { id: time, exp: time }
export const Revocation = v.union([
  v.object({
    ...entry,
    sid: text,
    before: v.optional(time),
    version: v.optional(count),
  }),
  v.object({ ...entry, sub: uuid, before: time, version: count, kept: v.optional(text) }),
  v.object({ ...entry, sub: uuid, deleted: v.literal(true) }),
  v.object({ ...entry, sub: uuid, tokens: v.literal('changed') }),
  v.object({ ...entry, token: text }),
  v.object({ ...entry, kid: text, removed: v.literal(true) }),
  v.object({ ...entry, jwk: v.record(v.string(), v.unknown()) }),
])
export const Revocations = v.object({ last: count, entries: v.array(Revocation) })

const claims = {
  iss: text,
  aud: text,
  sub: uuid,
  sid: text,
  jti: text,
  iat: time,
  exp: time,
}
/** RFC 7662, section 2.2. */
export const Introspection = v.union([
  v.object({ active: v.literal(false) }),
  v.object({
    active: v.literal(true),
    ...claims,
    access_claims: v.optional(v.record(v.string(), v.unknown())),
  }),
  // Of an API token.
  v.looseObject({
    active: v.literal(true),
    token_type: v.literal('api_token'),
    iss: text,
    sub: text,
    jti: text,
    iat: time,
    exp: v.optional(time),
    scope: text,
    token_name: text,
  }),
])

/** RFC 6749, section 5.1. */
export const GrantedToken = v.object({
  access_token: text,
  token_type: v.literal('Bearer'),
  expires_in: v.optional(count),
  scope: text,
})
/** RFC 8628, section 3.2. */
export const DeviceCodes = v.object({
  device_code: text,
  user_code: text,
  verification_uri: v.pipe(text, v.url()),
  verification_uri_complete: v.pipe(text, v.url()),
  expires_in: count,
  interval: count,
})

/** RFC 7517, section 5. */
export const KeySet = v.object({
  keys: v.array(v.looseObject({ kty: text, kid: text, use: v.optional(text), alg: v.optional(text) })),
})

export const Health = v.object({ status: v.literal('ok') })

/** RFC 9457, with members of our own. */
export const Problem = v.looseObject({
  type: text,
  title: text,
  status: v.pipe(v.number(), v.integer()),
  detail: v.optional(text),
  request_id: v.optional(text),
  /** A sentence for each field that is wrong; `form` for the whole. */
  errors: v.optional(v.record(v.string(), v.string())),
  /** The error code of OAuth. */
  error: v.optional(text),
  code: v.optional(v.picklist(Object.keys(PROBLEMS) as ProblemCode[])),
  reason: v.optional(text),
})
