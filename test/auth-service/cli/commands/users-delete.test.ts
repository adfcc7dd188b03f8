import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { NOW } from '../../../support/tokens.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, onBothDatabases, type TestService } from '../../support/services.ts'

const latchkey = useLatchkey()
const DUE = NOW + 14 * 86_400

onBothDatabases('latchkey users delete', (open) => {
  const beside =
    ({ config }: TestService) =>
    (line: string, answers?: readonly string[]) =>
      latchkey(['users', 'delete', ...line.split(' ')], {
        env: { DATABASE_URL: config.databaseUrl },
        ...(answers && { answers }),
      })

  it('deletes a user after the grace period, as the operator, once their address was typed', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { code, out, err } = await beside(service)(ada.uuid, ['ADA@example.com'])
    expect([code, err]).toEqual([0, 'This deletes this account. Type ada@example.com to continue:'])
    expect(out).toBe('Signed out ada@example.com everywhere. Permanent deletion: 2027-01-29T08:00:00Z.')
    expect(await service.users.findById(ada.id)).toMatchObject({ deletionDueAt: DUE })
    const [entry] = await service.audit.historyOf(ada.uuid, 1)
    expect(entry).toMatchObject({ event: 'deletion_requested', actor: null, subject: ada.uuid })
  })

  it('deletes no one if the address was not typed, or without a terminal', async () => {
    const service = await open()
    const ada = await addUser(service)
    const mistyped = await beside(service)(`${ada.uuid} --now`, ['y'])
    expect(mistyped).toMatchObject({ code: 1, out: '' })
    expect(mistyped.err).toContain('immediately and permanently')
    expect(mistyped.err).toContain('Nothing was deleted.')
    expect(await beside(service)(ada.uuid)).toEqual({
      code: 1,
      out: '',
      err: 'Not a terminal. Pass --yes to confirm.',
    })
    expect(await service.users.findById(ada.id)).toMatchObject({ deletionDueAt: null })
  })

  it('deletes at once with --now, and prints JSON for programs', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { uuid, email } = ada
    const planned = await beside(service)(`${email} --yes --json`)
    expect(JSON.parse(planned.out)).toEqual({ uuid, email, deletion_due_at: DUE })
    const gone = await beside(service)(`${email} --now --yes --json`)
    expect(JSON.parse(gone.out)).toEqual({ uuid, email, deletion_due_at: null })
    expect(await service.users.findById(ada.id)).toBeNull()
    expect(await beside(service)(`${email} --now --yes`)).toMatchObject({ code: 1, out: '' })
  })

  it('keeps the last superuser', async () => {
    const service = await open()
    const ada = await addUser(service)
    await service.administration.change(ada.uuid, { isSuperuser: true }, OPERATOR)
    for (const line of [`${ada.email} --yes`, `${ada.email} --now --yes`]) {
      expect(await beside(service)(line)).toMatchObject({
        code: 1,
        err: 'ada@example.com is the last superuser. Make another user a superuser first.',
      })
    }
  })
})
