import { expect, it } from 'vitest'
import { isLastSuperuser } from '../../auth-service/src/superusers.ts'
import { addUser, DEVICE, onBothDatabases } from './support/services.ts'

onBothDatabases('the last superuser', (open) => {
  it('is the one who is active while no other is, and none of them is about to go', async () => {
    const service = await open()
    const promote = async (email: string) => {
      const { uuid } = await addUser(service, email)
      const changed = await service.users.update(uuid, { isSuperuser: true })
      if (!changed.ok) throw new Error(changed.reason)
      return changed.value
    }
    const isLast = (person: Parameters<typeof isLastSuperuser>[1]) =>
      isLastSuperuser(service.database, person)
    const eve = await addUser(service, 'eve@example.com')
    expect(await isLast(eve)).toBe(false)
    const ada = await promote('ada@example.com')
    expect(await isLast(ada)).toBe(true)
    const bob = await promote('bob@example.com')
    expect([await isLast(ada), await isLast(bob)]).toEqual([false, false])
    await service.deletions.request(bob, DEVICE)
    expect(await isLast(ada)).toBe(true)
    const cyd = await promote('cyd@example.com')
    expect(await isLast(ada)).toBe(false)
    await service.users.update(cyd.uuid, { isActive: false })
    expect(await isLast(ada)).toBe(true)
    expect(await isLast({ ...cyd, isActive: false })).toBe(false)
  })
})
