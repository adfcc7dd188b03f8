import { expect, it } from 'vitest'
import { onBothDatabases, SECRET_KEY } from '../support/services.ts'

onBothDatabases('The keys for SAML', (open) => {
  it('the first key is made once, even if two processes need it at once', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const both = await Promise.all([service, beside].map(({ saml }) => saml.keys.current()))
    expect(both[0]?.certificate).toBe(both[1]?.certificate)
    expect(await service.saml.keys.list()).toHaveLength(1)
  })

  it('the next key is published, then signs, and the earlier one stays published until it is removed', async () => {
    const service = await open()
    const { keys } = service.saml
    const first = await keys.current()
    expect(await keys.rotate()).toEqual({ ok: false, reason: 'no_next' })
    const next = await keys.add()
    expect(await keys.add()).toBeNull()
    expect(await keys.published()).toEqual([first.certificate, next?.certificate])
    expect((await keys.current()).certificate).toBe(first.certificate)
    expect(await keys.rotate()).toMatchObject({ ok: true, value: { id: next?.id, state: 'current' } })
    expect((await keys.current()).certificate).toBe(next?.certificate)
    expect(await keys.published()).toEqual([next?.certificate, first.certificate])
    const [current, retiring] = await keys.list()
    expect(await keys.remove(current?.id as string)).toEqual({ ok: false, reason: 'current' })
    expect(await keys.remove(retiring?.id as string)).toEqual({ ok: true, value: true })
    expect(await keys.remove(retiring?.id as string)).toEqual({ ok: false, reason: 'not_found' })
    expect(await keys.published()).toEqual([next?.certificate])
    const { db, auditLog } = service.database
    const events = (await db.select().from(auditLog)).map(({ event }) => event)
    expect(events).toEqual(['saml_key_added', 'saml_keys_rotated', 'saml_key_removed'])
  })

  it('of two rotations or removals at once, one happens', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const both = [service, beside].map(({ saml }) => saml.keys)
    const added = await Promise.all(both.map((keys) => keys.add()))
    expect(added.filter((one) => one !== null)).toHaveLength(1)
    const rotated = await Promise.all(both.map((keys) => keys.rotate()))
    expect(rotated.filter(({ ok }) => ok)).toHaveLength(1)
    const states = (await service.saml.keys.list()).map(({ state }) => state)
    expect(states).toEqual(['current', 'retiring'])
  })

  it('private keys are encrypted with SECRET_KEY, and again after it has changed', async () => {
    const service = await open()
    const { certificate } = await service.saml.keys.current()
    const changed = { secretKey: 'another secret of thirty-two characters', secretKeyFallbacks: [SECRET_KEY] }
    const next = await open({ beside: service, config: changed })
    expect((await next.saml.keys.current()).certificate).toBe(certificate)
    const later = await open({ beside: service, config: { ...changed, secretKeyFallbacks: [] } })
    expect((await later.saml.keys.current()).certificate).toBe(certificate)
    await expect(service.saml.keys.current()).rejects.toThrow(
      "SECRET_KEY can't decrypt the key that signs SAML messages",
    )
    const [row] = await service.database.db.select().from(service.database.samlKeys)
    expect(row?.privateKey).toMatch(/^v1\./)
  })
})
