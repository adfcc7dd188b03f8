import { afterAll, expect, it } from 'vitest'
import { startAuthService } from '../../../faults/support/auth-service.ts'
import { eventually } from '../../../support/eventually.ts'
import { headerOf, startMailServer } from '../../support/mail-server.ts'
import { sqliteFiles } from '../../support/services.ts'

const files = sqliteFiles()
afterAll(files.remove)

it('a token reuse alert survives an outage of the mail server and the death of the process', async () => {
  const gone = await startMailServer()
  await gone.stop()
  const env = {
    SMTP_URL: `smtp://127.0.0.1:${gone.port}`,
    MAIL_FROM: 'Latchkey <no-reply@example.com>',
    EMAIL_VERIFICATION: 'optional',
  }
  const auth = await startAuthService({ databaseUrl: await files.empty(), env })
  const ada = await auth.signUp('ada@example.com')
  await auth.renew(ada.refresh)
  await auth.advance(60)
  expect((await auth.renew(ada.refresh)).status).toBe(401)
  await eventually(() => expect(auth.output()).toMatch(/"event":"mail_put_off".*"code":"ECONNREFUSED"/))
  await auth.stop('SIGKILL')

  const server = await startMailServer({ port: gone.port })
  await auth.start()
  await auth.advance(300)
  await auth.call('mail', 'wake')
  // The other email asks to confirm the address.
  await eventually(() => expect(server.received).toHaveLength(2))
  const alarm = server.received.find((mail) => /sessions/.test(headerOf(mail, 'Subject')))
  expect(alarm?.to).toEqual(['ada@example.com'])
  // The connection stays open for the next message, and nothing waits for it.
  const asked = performance.now()
  await auth.stop()
  expect(performance.now() - asked).toBeLessThan(4_900)
  expect(auth.output()).not.toContain('ada@example.com')
  expect(server.received).toHaveLength(2)
  await server.stop()
})
