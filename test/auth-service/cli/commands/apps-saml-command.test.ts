import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { pemOf } from '../../../../auth-service/src/apps/certificate-input.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { ACS, ENTITY_ID, keyOf, SLO } from '../../support/service-provider.ts'
import { onBothDatabases, type TestService } from '../../support/services.ts'

const latchkey = useLatchkey()
const folder = mkdtempSync(join(tmpdir(), 'latchkey-saml-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fileOf = (name: string, content: string): string => {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

onBothDatabases('latchkey apps set-saml, and latchkey saml-keys', (open) => {
  const beside =
    ({ config }: TestService) =>
    (...args: string[]) =>
      latchkey(args, { env: { DATABASE_URL: config.databaseUrl } })

  it('make an app a service provider, by hand and by metadata, and end that', async () => {
    const service = await open()
    const run = beside(service)
    const cert = fileOf('sp.crt', pemOf((await keyOf('wiki.example')).certificate))
    await run('apps', 'create', 'Wiki', '--origin', 'https://wiki.example')
    const byHand = [
      '--entity-id',
      ENTITY_ID,
      '--acs-url',
      ACS,
      '--acs-url',
      `7:${ACS}/seven`,
      '--slo-url',
      SLO,
    ]
    const set = await run('apps', 'set-saml', 'Wiki', ...byHand, '--certificate', cert, '--signed-requests')
    expect([set.code, set.err]).toEqual([0, ''])
    expect(set.out).toContain(`${service.config.authUrl}/saml/metadata`)
    const again = await run('apps', 'set-saml', 'Wiki', '--group', 'editors', '--name-id', 'email', '--json')
    expect(JSON.parse(again.out)).toMatchObject({
      name: 'Wiki',
      entity_id: ENTITY_ID,
      acs_urls: [ACS, `7:${ACS}/seven`],
      slo_url: SLO,
      name_id_format: 'email',
      signed_requests: true,
      encrypt_assertions: false,
      groups: ['editors'],
    })
    expect((await run('apps', 'set-saml', 'Wiki')).out).toContain('There is no group “editors”')
    const shown = await run('apps', 'show', 'Wiki')
    expect(shown.out).toMatch(/Entity ID +https:\/\/wiki\.example\/saml\/metadata/)
    expect(shown.out).toMatch(/Requests +must be signed/)
    expect(shown.out).toMatch(/SAML for groups +editors/)
    const metadata = fileOf(
      'sp.xml',
      `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${ENTITY_ID}/new">
        <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
          <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${ACS}/new" index="0"/>
        </md:SPSSODescriptor></md:EntityDescriptor>`,
    )
    const replaced = await run(
      'apps',
      'set-saml',
      'Wiki',
      '--metadata',
      metadata,
      '--no-signed-requests',
      '--all-users',
    )
    expect(replaced.code).toBe(0)
    const { saml } = JSON.parse((await run('apps', 'show', 'Wiki', '--json')).out)
    expect(saml).toMatchObject({
      entity_id: `${ENTITY_ID}/new`,
      acs_urls: [`${ACS}/new`],
      signed_requests: false,
      groups: null,
    })
    expect((await run('apps', 'remove-saml', 'Wiki')).out).toContain('No one can sign in to Wiki by SAML')
    expect((await run('apps', 'remove-saml', 'Wiki')).err).toContain('Wiki does not use SAML.')
  })

  it('remove what has an empty value', async () => {
    const run = beside(await open())
    const cert = fileOf('sp.crt', pemOf((await keyOf('wiki.example')).certificate))
    await run('apps', 'create', 'Wiki', '--origin', 'https://wiki.example')
    const filled = ['--slo-url', SLO, '--certificate', cert, '--encryption-certificate', cert]
    await run('apps', 'set-saml', 'Wiki', '--entity-id', ENTITY_ID, '--acs-url', ACS, ...filled)
    const emptied = ['--slo-url', '', '--certificate', '', '--encryption-certificate', '']
    const { out } = await run('apps', 'set-saml', 'Wiki', ...emptied, '--json')
    expect(JSON.parse(out)).toMatchObject({
      acs_urls: [ACS],
      slo_url: null,
      certificates: [],
      encryption_certificate: null,
    })
  })

  it('say what is wrong', async () => {
    const run = beside(await open())
    await run('apps', 'create', 'Wiki', '--origin', 'https://wiki.example')
    const wrong = async (...args: string[]) => {
      const { code, err } = await run('apps', 'set-saml', ...args)
      expect(code).toBe(1)
      return err
    }
    expect(await wrong('Wiki')).toContain('Enter the entity ID of the app')
    expect(await wrong('Wiki', '--metadata', join(folder, 'none.xml'))).toContain('There is no file')
    expect(await wrong('Wiki', '--metadata', fileOf('x.xml', '<x/>'))).toContain(
      'not the metadata of a service provider',
    )
    expect(await wrong('Wiki', '--group', 'a', '--all-users')).toContain('Pass --group or --all-users')
    expect(await wrong('Nope')).toContain('There is no app Nope.')
  })

  it('rotate the key in steps', async () => {
    const service = await open()
    const run = beside(service)
    expect((await run('saml-keys', 'list')).out).toContain('No keys yet.')
    expect((await run('saml-keys', 'rotate')).err).toContain('latchkey saml-keys add')
    const added = await run('saml-keys', 'add')
    expect(added.out).toContain(`${service.config.authUrl}/saml/metadata`)
    expect((await run('saml-keys', 'add')).err).toContain('There is a next key already.')
    const [current, next] = JSON.parse((await run('saml-keys', 'list', '--json')).out)
    expect([current.state, next.state]).toEqual(['current', 'next'])
    expect((await run('saml-keys', 'remove', current.id)).err).toContain('is the current key')
    expect((await run('saml-keys', 'rotate')).out).toContain(`${next.id} signs from now on.`)
    expect((await run('saml-keys', 'list')).out).toMatch(/current[\s\S]*retiring/)
    expect((await run('saml-keys', 'remove', current.id)).out).toBe(`Removed ${current.id}.`)
    expect((await run('saml-keys', 'remove', current.id)).err).toContain('There is no key')
  })
})
