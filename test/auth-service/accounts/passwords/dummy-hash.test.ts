import { expect, it, vi } from 'vitest'
import { createDummyHash } from '../../../../auth-service/src/accounts/passwords/dummy-hash.ts'
import { RateLimited } from '../../../../auth-service/src/accounts/rate-limits.ts'
import { parseEmail } from '../../../../auth-service/src/platform/validation/email-address.ts'
import { DEVICE, onBothDatabases, type TestService } from '../../support/services.ts'

const PHRASE = 'correct horse battery staple'
/** Made by Django 5.2 from that. */
const IMPORTED = 'pbkdf2_sha256$1000$VdcQB8V9GlRTAXk4qRDypc$pH3OhRUYDruxO84qKNMU60j+0/hrPNyoM8Lh8gPYYJk='
const ADDRESSES = Array.from({ length: 400 }, (_, i) => `nobody-${i}@example.com`)

let count = 0
async function add(service: TestService, password: string) {
  const created = await service.users.create({ email: `somebody-${++count}@example.com`, password })
  if (!created.ok) throw new Error('Somebody is there already.')
  return created.value
}

/** The owner of the decoy hash for each of the addresses: here, hashes are names. */
const choicesOf = (service: TestService) =>
  Promise.all(ADDRESSES.map(parseEmail).map(createDummyHash(service)))

onBothDatabases('The decoy hash for an unknown address', (open) => {
  it('does not exist in an empty database', async () => {
    expect(await createDummyHash(await open())(parseEmail('nobody@example.com'))).toBeNull()
  })

  it('is the same every time and for all spellings of the address', async () => {
    const service = await open()
    for (let i = 0; i < 20; i++) await add(service, `hash ${i}`)
    const decoyHash = createDummyHash(service)
    const chosen = await decoyHash(parseEmail('nobody@example.com'))
    expect(chosen).toMatch(/^hash \d+$/)
    expect(await decoyHash(parseEmail('Nobody@Example.COM'))).toBe(chosen)
    expect(await createDummyHash(service)(parseEmail('nobody@example.com'))).toBe(chosen)
  })

  it('has each algorithm as often as real users do', async () => {
    const service = await open()
    for (let i = 0; i < 30; i++) await add(service, i % 3 === 0 ? 'imported' : 'new')
    const imported = (await choicesOf(service)).filter((hash) => hash === 'imported')
    expect(imported.length / ADDRESSES.length).toBeGreaterThan(1 / 3 - 0.07)
    expect(imported.length / ADDRESSES.length).toBeLessThan(1 / 3 + 0.07)
  })

  it('stays the same, except for the share of new users', async () => {
    const service = await open()
    for (let i = 0; i < 10; i++) await add(service, `hash ${i}`)
    const before = await choicesOf(service)
    await add(service, 'newcomer')
    const after = await choicesOf(service)
    const moved = after.filter((hash, i) => hash !== before[i])
    expect(new Set(moved)).toEqual(new Set(['newcomer']))
    expect(moved.length).toBeLessThan(ADDRESSES.length / 5)
  })

  it('belongs to an existing user after many were deleted', async () => {
    const service = await open()
    const people = []
    for (let i = 0; i < 20; i++) people.push(await add(service, `hash ${i}`))
    for (const { uuid } of people.slice(5, 15)) await service.users.remove(uuid)
    const found = await choicesOf(service)
    expect(new Set(found).size).toBe(10)
    // The addresses of a gap are spread over several neighbours.
    for (const hash of new Set(found)) {
      expect(found.filter((one) => one === hash).length, String(hash)).toBeLessThan(ADDRESSES.length / 4)
    }
  })

  it('costs what a wrong password costs, signs no one in, and each attempt counts', async () => {
    const service = await open()
    const { email } = await add(service, IMPORTED)
    const compare = vi.spyOn(service.passwords, 'compare')
    const signIn = (address: string) =>
      service.accounts.signIn({ email: address, password: PHRASE }, { ...DEVICE, address: '127.0.0.1' })
    for (let i = 0; i < 5; i++) expect((await signIn('nobody@example.com')).ok).toBe(false)
    expect(new Set(compare.mock.calls.map(([, hash]) => hash))).toEqual(new Set([IMPORTED]))
    await expect(compare.mock.results[0]?.value).resolves.toMatchObject({ matches: true })
    await expect(signIn('nobody@example.com')).rejects.toThrow(RateLimited)
    expect((await signIn(email)).ok).toBe(true)
  })

  it('is also looked up for known addresses', async () => {
    const service = await open()
    const { email } = await add(service, IMPORTED)
    const select = vi.spyOn(service.database.db, 'select')
    const statements = async (address: string) => {
      select.mockClear()
      await service.accounts.signIn({ email: address, password: 'wrong' }, DEVICE)
      return select.mock.calls.length
    }
    expect(await statements(email)).toBe(await statements('nobody@example.com'))
  })
})
