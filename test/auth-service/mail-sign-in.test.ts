import { expect, it } from 'vitest'
import { createFigures } from '../../auth-service/src/figures.ts'
import { addUser, DEVICE, type OpenService, onBothDatabases } from './support/services.ts'

const ADA = 'ada@example.com'

async function asked(open: OpenService, email = ADA) {
  const service = await open()
  const ada = await addUser(service, ADA)
  const asked = await service.mailSignIn.ask(email, DEVICE)
  if (!('flow' in asked)) throw new Error(JSON.stringify(asked.errors))
  const rows = await service.database.db.select().from(service.database.outbox)
  const code = rows.at(-1)?.text.match(/^ {4}(\d{3} \d{3})$/m)?.[1] ?? ''
  const wrong = String((Number(code.replace(' ', '')) + 1) % 1_000_000).padStart(6, '0')
  return { service, ada, flow: asked.flow, code, wrong }
}

onBothDatabases('a mailed code', (open) => {
  it('that is wrong is a failed sign-in, for the log, the person and the figures', async () => {
    const { service, ada, flow, code, wrong } = await asked(open)
    expect(await service.mailSignIn.byCode(flow, wrong, DEVICE)).toBeNull()
    const [latest] = await service.audit.historyOf(ada.uuid, 1)
    expect(latest).toMatchObject({
      event: 'sign_in_failed',
      subject: ada.uuid,
      actor: null,
      device: DEVICE,
      details: { reason: 'wrong_code' },
    })
    expect((await createFigures(service)()).days.at(-1)).toMatchObject({ failures: 1 })

    expect(await service.mailSignIn.byCode(flow, code, DEVICE)).toMatchObject({ uuid: ada.uuid })
    expect((await createFigures(service)()).days.at(-1)).toMatchObject({ failures: 1 })
  })

  it('for an address that nobody has is one, too', async () => {
    const { service, flow } = await asked(open, 'nobody@example.com')
    expect(await service.mailSignIn.byCode(flow, '123456', DEVICE)).toBeNull()
    const { db, auditLog } = service.database
    expect((await db.select().from(auditLog)).at(-1)).toMatchObject({
      event: 'sign_in_failed',
      subject: null,
      details: '{"reason":"wrong_code"}',
    })
  })
})
