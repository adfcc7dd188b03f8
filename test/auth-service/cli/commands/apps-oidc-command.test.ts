import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, DEVICE, onBothDatabases, type TestService } from '../../support/services.ts'

const latchkey = useLatchkey()

onBothDatabases('latchkey apps set-oidc', (open) => {
  const beside =
    ({ config }: TestService) =>
    (...args: string[]) =>
      latchkey(args, { env: { DATABASE_URL: config.databaseUrl } })

  it('makes an app a client, changes what is named, and ends that', async () => {
    const service = await open()
    const run = beside(service)
    await run('apps', 'create', 'Wiki', '--origin', 'https://wiki.example')
    const uris = ['--redirect-uri', 'https://wiki.example/a', '--redirect-uri', 'https://wiki.example/b']
    const set = await run('apps', 'set-oidc', 'Wiki', ...uris, '--first-party', '--group', 'editors')
    expect([set.code, set.err]).toEqual([0, ''])
    expect(set.out).toContain(`${service.config.authUrl}/.well-known/openid-configuration`)
    expect(set.out).not.toContain('lks_')
    expect(set.out).toContain('There is no group “editors”')
    const logout = ['--back-channel-logout-uri', 'https://wiki.example/logout']
    const left = ['--post-logout-redirect-uri', 'https://wiki.example/left']
    const again = await run('apps', 'set-oidc', 'Wiki', ...logout, ...left, '--no-first-party', '--json')
    expect(JSON.parse(again.out)).toMatchObject({
      name: 'Wiki',
      redirect_uris: ['https://wiki.example/a', 'https://wiki.example/b'],
      post_logout_redirect_uris: ['https://wiki.example/left'],
      auth_method: 'client_secret_basic',
      first_party: false,
      back_channel_logout_uri: 'https://wiki.example/logout',
      groups: ['editors'],
    })
    const shown = (await run('apps', 'show', 'Wiki')).out
    expect(shown).toMatch(/After sign-out +https:\/\/wiki\.example\/left/)
    expect(shown).toMatch(/Consent +asked/)
    expect((await run('apps', 'remove-oidc', 'Wiki')).out).toContain('by OpenID Connect from now on')
    expect((await run('apps', 'remove-oidc', 'Wiki')).err).toContain('Wiki does not use OpenID Connect.')
  })

  it('lets an app sign in on devices alone, which needs no address', async () => {
    const run = beside(await open())
    await run('apps', 'create', 'TV', '--origin', 'https://tv.example')
    const set = await run('apps', 'set-oidc', 'TV', '--device-flow', '--auth-method', 'none', '--json')
    expect(JSON.parse(set.out)).toMatchObject({ redirect_uris: [], device_flow: true })
    expect((await run('apps', 'show', 'TV')).out).toMatch(/Device flow +on/)
    await run('apps', 'create', 'Wiki', '--origin', 'https://wiki.example')
    expect((await run('apps', 'set-oidc', 'Wiki')).err).toContain('Enter at least one redirect URI')
    const off = await run('apps', 'set-oidc', 'TV', '--no-device-flow', '--json')
    expect(JSON.parse(off.out)).toMatchObject({ redirect_uris: [], device_flow: false })
    const both = ['--redirect-uri', 'https://tv.example/a', '--no-device-flow', '--json']
    expect(JSON.parse((await run('apps', 'set-oidc', 'TV', ...both)).out)).toMatchObject({
      device_flow: false,
    })
  })

  it('signs out all devices of an app, and says how many there are', async () => {
    const service = await open()
    const run = beside(service)
    await run('apps', 'create', 'My TV', '--origin', 'https://tv.example')
    await run('apps', 'set-oidc', 'My TV', '--device-flow', '--auth-method', 'none')
    await service.apps.reload()
    const app = service.apps.list().find(({ name }) => name === 'My TV')
    const user = await addUser(service)
    for (let i = 0; i < 3; i++) await service.sessions.start(user, DEVICE, true, 'pwd', app?.id)
    await service.sessions.start(user, DEVICE)
    expect((await run('apps', 'show', 'My TV')).out).toMatch(/Devices +3 signed in/)
    const off = await run('apps', 'set-oidc', 'My TV', '--no-device-flow')
    expect(off.out).toContain(
      "3 devices still signed in. Sign them out: latchkey apps sign-out-devices 'My TV'",
    )
    expect((await run('apps', 'sign-out-devices', 'My TV')).out).toBe('Signed 3 devices out of My TV.')
    expect((await run('apps', 'sign-out-devices', 'My TV')).out).toBe('No device is signed in to My TV.')
    expect(JSON.parse((await run('apps', 'sign-out-devices', 'My TV', '--json')).out)).toEqual({
      signed_out: 0,
    })
    expect(await service.sessions.count(user.id)).toBe(1)
    expect((await run('apps', 'sign-out-devices', 'Nothing')).err).toContain('There is no app')
  })

  it('removes what has an empty value', async () => {
    const run = beside(await open())
    await run('apps', 'create', 'Wiki', '--origin', 'https://wiki.example')
    const callback = 'https://wiki.example/callback'
    const optional = ['--post-logout-redirect-uri', '--back-channel-logout-uri']
    const filled = optional.flatMap((name) => [name, 'https://wiki.example/out'])
    await run('apps', 'set-oidc', 'Wiki', '--redirect-uri', callback, ...filled)
    const emptied = optional.flatMap((name) => [name, ''])
    const { out } = await run('apps', 'set-oidc', 'Wiki', ...emptied, '--json')
    expect(JSON.parse(out)).toMatchObject({
      redirect_uris: [callback],
      post_logout_redirect_uris: [],
      back_channel_logout_uri: null,
    })
    const { err } = await run('apps', 'set-oidc', 'Wiki', '--redirect-uri', '')
    expect(err).toContain('Enter at least one redirect URI')
  })

  it('says what is wrong', async () => {
    const run = beside(await open())
    await run('apps', 'create', 'Wiki', '--origin', 'https://wiki.example')
    const wrong = async (...args: string[]) => {
      const { code, err } = await run('apps', 'set-oidc', ...args)
      expect(code).toBe(1)
      return err
    }
    const callback = ['--redirect-uri', 'https://wiki.example/callback']
    expect(await wrong('Wiki')).toContain('Enter at least one redirect URI')
    expect(await wrong('Wiki', '--redirect-uri', 'wiki')).toContain('“wiki” is not a redirect URI')
    expect(await wrong('Wiki', ...callback, '--auth-method', 'password')).toContain('client_secret_basic')
    expect(await wrong('Wiki', ...callback, '--auth-method', 'private_key_jwt')).toContain('public keys')
    expect(await wrong('Wiki', ...callback, '--group', 'a', '--all-users')).toContain('not both')
    expect(await wrong('Nope')).toContain('There is no app Nope.')
  })

  it('takes public keys from a file, and names the file and the remedy where it has none', async () => {
    const service = await open()
    const run = beside(service)
    await run('apps', 'create', 'Wiki', '--origin', 'https://wiki.example')
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = privateKey.export({ format: 'jwk' })
    const { d, ...publicJwk } = jwk
    const put = (name: string, content: unknown): string => {
      const path = join(folder, name)
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
      return path
    }
    const set = (...args: string[]) =>
      run('apps', 'set-oidc', 'Wiki', '--redirect-uri', 'https://wiki.example/callback', ...args)
    const byKey = (path: string) => set('--auth-method', 'private_key_jwt', '--keys', path)
    const remedy = 'Pass the https address of the JWK Set of the app, or a file with its public keys'

    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const files = {
      'is not JSON': put('keys.txt', 'keys'),
      'has no JWK Set': put('empty.json', { keys: [] }),
      'is in PEM format': put('cert.pem', '-----BEGIN CERTIFICATE-----'),
      'can’t be read (EISDIR)': folder,
    }
    for (const [problem, path] of Object.entries({
      ...files,
      'There is no file': join(folder, 'nofile.json'),
    })) {
      const { code, err } = await byKey(path)
      expect([code, err.includes(path), err.includes(problem), err.includes(remedy)], err).toEqual([
        1,
        true,
        true,
        true,
      ])
    }
    for (const path of [
      put('private.json', { keys: [publicJwk, jwk] }),
      put('single.json', jwk),
      put('private.pem', pem),
      put('shared.json', { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }),
    ]) {
      const { code, out, err } = await byKey(path)
      expect([code, out]).toEqual([1, ''])
      expect(err).toContain(`${path} contains private keys`)
      for (const secret of [d as string, 'c2VjcmV0', pem.split('\n')[1] as string])
        expect(err).not.toContain(secret)
    }
    expect((await set('--keys', put('public.json', { keys: [publicJwk] }))).err).toContain(
      'Add: --auth-method private_key_jwt',
    )
    expect((await run('apps', 'show', 'Wiki')).out).not.toContain('private_key_jwt')

    for (const path of [put('public.json', { keys: [publicJwk] }), put('one.json', publicJwk)]) {
      expect((await byKey(path)).code).toBe(0)
    }
    const { code } = await run('apps', 'set-oidc', 'Wiki', '--keys', 'https://wiki.example/jwks.json')
    expect(code).toBe(0)
  })
})
