import { expect, it } from 'vitest'
import type { Service } from '../../../../auth-service/src/service.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { registerApp } from '../../support/registered-app.ts'
import { addUser, DEVICE, type OpenService, onBothDatabases, renew } from '../../support/services.ts'

/** Every kind of secret that the auth service hands out to programs and browsers. */
type Kind = 'access' | 'refresh' | 'apiToken' | 'appSecret' | 'deviceCode' | 'userCode' | 'accountCookie'

const KINDS: readonly Kind[] = [
  'access',
  'refresh',
  'apiToken',
  'appSecret',
  'deviceCode',
  'userCode',
  'accountCookie',
]

async function everyKind(open: OpenService) {
  const service = await open()
  const board = await registerApp(service, 'Board')
  const ada = await addUser(service)
  const { accessToken, refreshToken, cookies } = await service.sessions.start(ada, DEVICE)
  const [accountCookie = ''] = cookies.flatMap((line) => /^(?:__Host-)?session=([^;]+)/.exec(line)?.[1] ?? [])
  expect(accountCookie).not.toBe('')
  const created = await service.apiTokens.create(
    ada,
    { name: 'Script', apps: 'all' },
    { uuid: ada.uuid, device: DEVICE },
  )
  if (!created.ok) throw new Error('not created')
  const device = (await (await post(service, '/device/code', {})).json()) as Record<string, string>
  const secrets: Record<Kind, string> = {
    access: accessToken,
    refresh: refreshToken,
    apiToken: created.secret,
    appSecret: board.clientSecret,
    deviceCode: device.device_code as string,
    userCode: device.user_code as string,
    accountCookie,
  }
  return { service, board, secrets }
}

const post = (
  service: Service,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) => createApp(service).request(path, { method: 'POST', headers, body: new URLSearchParams(fields) })

interface Door {
  readonly opensFor: readonly Kind[]
  /** Whether the auth service takes this secret there. */
  readonly takes: (secret: string, family: Awaited<ReturnType<typeof everyKind>>) => Promise<boolean>
}

/** Each place where one kind is asked for. */
const DOORS: Readonly<Record<string, Door>> = {
  'POST /introspect': {
    opensFor: ['access', 'apiToken'],
    takes: async (token, { service, board }) => {
      const response = await post(service, '/introspect', { token }, board.headers)
      return ((await response.json()) as { active?: boolean }).active === true
    },
  },
  'POST /introspect with the hint of a refresh token': {
    opensFor: ['refresh'],
    takes: async (token, { service, board }) => {
      const fields = { token, token_type_hint: 'refresh_token' }
      const response = await post(service, '/introspect', fields, board.headers)
      return ((await response.json()) as { active?: boolean }).active === true
    },
  },
  'POST /refresh': {
    opensFor: ['refresh'],
    takes: async (secret, { service }) => (await renew(service, secret)).ok,
  },
  'POST /device/token': {
    // It is pending: known, and not allowed yet.
    opensFor: ['deviceCode'],
    takes: async (code, { service }) => {
      const response = await post(service, '/device/token', { device_code: code })
      return ((await response.json()) as { error?: string }).error === 'authorization_pending'
    },
  },
  'the page /device': {
    opensFor: ['userCode'],
    takes: async (code, { service }) => (await service.deviceAuthorization.find(code)) !== null,
  },
  'POST /token': {
    opensFor: ['appSecret'],
    takes: async (secret, { service, board }) => {
      const fields = { grant_type: 'client_credentials', client_id: board.clientId, client_secret: secret }
      return (await post(service, '/token', fields)).status === 200
    },
  },
  'PUT /permissions': {
    opensFor: ['appSecret'],
    takes: async (secret, { service, board }) => {
      const authorization = `Basic ${Buffer.from(`${board.clientId}:${secret}`).toString('base64')}`
      const response = await createApp(service).request('/permissions', {
        method: 'PUT',
        headers: { authorization, 'content-type': 'application/json' },
        body: '{"permissions":[]}',
      })
      return response.ok
    },
  },
}

onBothDatabases('Secrets of one kind', (open) => {
  it.each(Object.entries(DOORS))('open %s, and those of no other kind do', async (_, { opensFor, takes }) => {
    const family = await everyKind(open)
    const others = KINDS.filter((kind) => !opensFor.includes(kind))
    // The right ones last, since some are taken once.
    for (const kind of [...others, ...opensFor]) {
      expect([kind, await takes(family.secrets[kind], family)]).toEqual([kind, opensFor.includes(kind)])
    }
  })

  it('revoke an API token alone: nothing else ends at POST /revoke', async () => {
    const family = await everyKind(open)
    const { service, board, secrets } = family
    for (const kind of KINDS) {
      const response = await post(service, '/revoke', { token: secrets[kind] })
      expect([kind, [200, 400].includes(response.status)]).toEqual([kind, true])
    }
    const isActive = DOORS['POST /introspect']?.takes as Door['takes']
    expect(await isActive(secrets.apiToken, family)).toBe(false)
    expect(await isActive(secrets.access, family)).toBe(true)
    expect(await DOORS['POST /token']?.takes(secrets.appSecret, family)).toBe(true)
    expect(await DOORS['POST /device/token']?.takes(secrets.deviceCode, family)).toBe(true)
    expect((await renew(service, secrets.refresh)).ok).toBe(true)
    expect(board.clientSecret).toBe(secrets.appSecret)
  })
})
