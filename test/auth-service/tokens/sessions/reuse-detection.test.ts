import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { parseCookies } from '../../../../auth-service/src/platform/client/host-cookies.ts'
import { ROTATION_GRACE } from '../../../../auth-service/src/tokens/sessions/refresh-rotation.ts'
import { ISSUER, NOW } from '../../../support/tokens.ts'
import { outboxOf } from '../../support/mails.ts'
import {
  addUser,
  type OpenService,
  onBothDatabases,
  renew,
  type TestService,
} from '../../support/services.ts'

const LAPTOP = {
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  address: '192.0.2.7',
}
const THIEF = { userAgent: 'curl/8.5.0', address: '203.0.113.9' }

/** Ada's session, whose first refresh token was renewed so long ago that its return counts as reuse. */
async function adaWithReusedToken(open: OpenService) {
  const service = await open()
  const ada = await addUser(service)
  const first = await service.sessions.start(ada, LAPTOP)
  const later = ROTATION_GRACE + 1
  service.wait(later)
  const renewed = await renew(service, first.refreshToken)
  if (!renewed.ok) throw new Error(renewed.reason)
  service.wait(later)
  return { service, ada, first, second: renewed.value, header: `jwt.refresh=${first.refreshToken}` }
}

type Reused = Awaited<ReturnType<typeof adaWithReusedToken>>

const OVER = { ok: false, reason: 'session_over' }
const NOTICED = NOW + 2 * (ROTATION_GRACE + 1)

onBothDatabases('A refresh token that returns too late', (open) => {
  it('ends its session, and adds a log entry with both devices', async () => {
    const { service, ada, first, second, header } = await adaWithReusedToken(open)
    expect(await service.sessions.renewFrom(parseCookies(header), THIEF)).toEqual(OVER)
    expect(await renew(service, second.refreshToken)).toEqual(OVER)
    const [entry, ...more] = await service.audit.historyOf(ada.uuid, 10)
    expect(entry).toEqual({
      id: expect.any(Number),
      at: NOTICED,
      event: 'refresh_token_reused',
      subject: ada.uuid,
      actor: null,
      sid: first.session.id,
      device: THIEF,
      details: { session: { user_agent: LAPTOP.userAgent, address: LAPTOP.address, created_at: NOW } },
    })
    expect(more).toEqual([])
    expect((await service.revocations.since(0)).entries).toMatchObject([{ sid: first.session.id }])
  })

  it("is reported to the owner in their language, not the thief's", async () => {
    const { service, ada, header } = await adaWithReusedToken(open)
    await service.users.noteLogin(ada.id, 'de')
    await service.sessions.renewFrom(parseCookies(header), { ...THIEF, language: 'en' })
    const [mail] = await outboxOf(service)
    expect(mail?.subject).toBe('Eine Ihrer Sitzungen wurde vielleicht kopiert, deshalb haben wir sie beendet')
    expect(mail?.text).toContain('Anmeldung: Firefox unter Linux, 192.0.2.7\n')
    expect(mail?.text).toContain('\n3. Ändern Sie Ihr Passwort')
  })

  it.each([
    ['in their time zone', 'America/New_York', ' GMT-5'],
    ['in UTC, where their time zone is unknown', undefined, ' UTC'],
  ])("is reported to the owner with times %s, not in the thief's time zone", async (_, zone, named) => {
    const { service, ada, header } = await adaWithReusedToken(open)
    await service.users.noteLogin(ada.id, 'en', zone)
    await service.sessions.renewFrom(parseCookies(header), {
      ...THIEF,
      language: 'en',
      timeZone: 'Asia/Tokyo',
    })
    const [mail] = await outboxOf(service)
    expect(mail?.text).toContain(named)
    expect(mail?.text).not.toContain('GMT+9')
  })

  it('is reported to the owner by email, in plain words and without a token', async () => {
    const { service, first, second, header } = await adaWithReusedToken(open)
    await service.sessions.renewFrom(parseCookies(header), THIEF)
    const [mail, ...more] = await outboxOf(service)
    expect(more).toEqual([])
    expect(mail).toMatchObject({
      recipient: 'ada@example.com',
      subject: 'One of your sessions may have been copied, so we ended it',
      createdAt: NOTICED,
      attempts: 0,
      dueAt: NOTICED,
      sentAt: null,
    })
    expect(mail?.text).toContain('Sign-in: Firefox on Linux, from 192.0.2.7\n')
    expect(mail?.text).toContain('Signed in: 15 January 2027 at 08:00 UTC\n')
    expect(mail?.text).toContain('Copy detected: 15 January 2027 at 08:01 UTC\n')
    expect(mail?.text).toContain(`${ISSUER}/account\n`)
    const mailed = `${mail?.text}${mail?.html}`
    expect(mailed).not.toContain(THIEF.address)
    for (const { refreshToken, session } of [first, second]) {
      const [, payload = '', signature = ''] = refreshToken.split('.')
      for (const secret of [payload, signature, session.id]) expect(mailed).not.toContain(secret)
    }
  })

  it('is reported once when many servers notice it at the same time', async () => {
    const { service, ada, header } = await adaWithReusedToken(open)
    const beside = await open({ beside: service })
    beside.wait(NOTICED - NOW)
    const both = [service, beside] as const
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (both[index % 2] as TestService).sessions.renewFrom(parseCookies(header), THIEF),
      ),
    )
    expect(answers).toEqual(Array.from({ length: 20 }, () => OVER))
    expect(await service.audit.historyOf(ada.uuid, 10)).toHaveLength(1)
    expect(await outboxOf(service)).toHaveLength(1)
    expect((await service.revocations.since(0)).entries).toHaveLength(1)
    const warned = both
      .flatMap(({ logged }) => logged)
      .filter(({ event }) => event === 'refresh_token_reused')
    expect(warned).toHaveLength(1)
  })

  it('is emailed once an hour at most, and recorded every time', async () => {
    const { service, ada, header } = await adaWithReusedToken(open)
    await service.sessions.renewFrom(parseCookies(header), THIEF)

    async function reuseAgain(): Promise<void> {
      const first = await service.sessions.start(ada, LAPTOP)
      service.wait(ROTATION_GRACE + 1)
      await renew(service, first.refreshToken)
      service.wait(ROTATION_GRACE + 1)
      expect(await renew(service, first.refreshToken)).toEqual(OVER)
    }
    await reuseAgain()
    expect(await outboxOf(service)).toHaveLength(1)
    service.wait(3_600)
    await reuseAgain()
    expect(await outboxOf(service)).toHaveLength(2)
    expect(await service.audit.historyOf(ada.uuid, 10)).toHaveLength(3)
  })

  it.each(['audit_log', 'outbox', 'revocations'])(
    'ends nothing while %s cannot be written, and everything afterwards',
    async (table) => {
      const { service, ada, second, header } = await adaWithReusedToken(open)
      const rename = (from: string, to: string) =>
        service.database.transaction(() => [sql.raw(`ALTER TABLE ${from} RENAME TO ${to}`)])
      await rename(table, 'elsewhere')
      try {
        await expect(service.sessions.renewFrom(parseCookies(header), THIEF)).rejects.toThrow()
        expect(await service.sessions.list(ada.id)).toHaveLength(1)
      } finally {
        await rename('elsewhere', table)
      }
      expect(await service.audit.historyOf(ada.uuid, 10)).toEqual([])
      expect(await outboxOf(service)).toEqual([])
      expect((await service.revocations.since(0)).entries).toEqual([])
      expect(await service.sessions.renewFrom(parseCookies(header), THIEF)).toEqual(OVER)
      expect(await renew(service, second.refreshToken)).toEqual(OVER)
      expect(await service.audit.historyOf(ada.uuid, 10)).toHaveLength(1)
      expect(await outboxOf(service)).toHaveLength(1)
    },
  )

  it.each([
    ['was ended', ({ service, first }: Reused) => service.sessions.end(first.session.id)],
    ['has expired', async ({ service }: Reused) => service.wait(service.config.refreshTtl)],
  ])('is not reported if its session %s before', async (_, finish) => {
    const reused = await adaWithReusedToken(open)
    const { service, ada, header } = reused
    await finish(reused)
    expect(await service.sessions.renewFrom(parseCookies(header), THIEF)).toEqual(OVER)
    expect(await service.audit.historyOf(ada.uuid, 10)).toEqual([])
    expect(await outboxOf(service)).toEqual([])
  })

  it('is no token reuse if the database is older than the token, as after a power failure or a restored backup', async () => {
    const { service, ada, first, second } = await adaWithReusedToken(open)
    const { db, sessions } = service.database
    const was = { currentJti: 'of the time before', previousJti: null, rotatedAt: NOW }
    await db.update(sessions).set(was)
    expect(
      await service.sessions.renewFrom(parseCookies(`jwt.refresh=${second.refreshToken}`), LAPTOP),
    ).toEqual(OVER)
    expect(await service.sessions.list(ada.id), 'what was spent must not come back to life').toEqual([])
    expect((await service.revocations.since(0)).entries).toMatchObject([{ sid: first.session.id }])
    expect(await service.audit.historyOf(ada.uuid, 10)).toEqual([])
    expect(await outboxOf(service)).toEqual([])
    expect(service.logged.filter(({ event }) => event === 'database_is_older')).toHaveLength(1)
  })

  it('sends the email without delay', async () => {
    const { service, header } = await adaWithReusedToken(open)
    let woken = 0
    service.mail.wake = () => {
      woken++
    }
    await service.sessions.renewFrom(parseCookies(header), THIEF)
    await service.sessions.renewFrom(parseCookies(header), THIEF)
    expect(woken).toBe(1)
  })
})
