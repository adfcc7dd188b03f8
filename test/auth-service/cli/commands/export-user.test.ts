import { expect, it } from 'vitest'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, onBothDatabases } from '../../support/services.ts'

const latchkey = useLatchkey()

onBothDatabases('export', (open) => {
  it('prints all data stored about a user', async () => {
    const service = await open()
    const ada = await addUser(service)
    const env = { DATABASE_URL: service.config.databaseUrl }
    const { code, out, err } = await latchkey(['export', ada.uuid], { env })
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ profile: { uuid: ada.uuid, email: ada.email }, sessions: [] })
    expect(await latchkey(['export', 'eve@example.com'], { env })).toMatchObject({ code: 1, out: '' })
  })
})
