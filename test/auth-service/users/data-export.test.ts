import { expect, it } from 'vitest'
import { exportUserData } from '../../../auth-service/src/users/data-export.ts'
import { NOW } from '../../support/tokens.ts'
import { addUser, DEVICE, onBothDatabases } from '../support/services.ts'

onBothDatabases('A data export', (open) => {
  it('contains all data stored about the user, and none about others', async () => {
    const service = await open()
    const { database } = service
    const ada = await addUser(service)
    const bob = await addUser(service, 'bob@example.com')
    const { session } = await service.sessions.start(ada, DEVICE)
    await service.sessions.start(bob, DEVICE)
    await service.audit.record({
      event: 'signed_in',
      subject: ada.uuid,
      actor: ada.uuid,
      sid: session.id,
      device: DEVICE,
    })
    await service.mail.send({ to: ada.email, subject: 'Hello', text: 'with a link', html: 'with a link' })
    await service.mail.send({ to: bob.email, subject: 'Not for Ada', text: '', html: '' })
    const group = { name: 'editors', createdAt: NOW }
    const [editors] = await database.db.insert(database.groups).values(group).returning()
    await database.db.insert(database.groupMembers).values({ groupId: editors?.id as number, userId: ada.id })
    await database.db.insert(database.oneTimeTokens).values({
      hash: 'a hash',
      purpose: 'reset_password',
      userId: ada.id,
      email: ada.email,
      attempts: 0,
      createdAt: NOW,
      expiresAt: NOW + 60,
    })
    await database.db.insert(database.invitations).values({
      tokenHash: 'another hash',
      email: ada.email,
      isStaff: false,
      createdAt: NOW,
      expiresAt: NOW + 60,
      acceptedBy: ada.uuid,
    })

    await service.users.noteLanguage(ada.id, 'de', 'Europe/Berlin')
    const exported = await exportUserData(database, ada, NOW)
    expect(exported).toMatchObject({
      exported_at: NOW,
      profile: {
        uuid: ada.uuid,
        email: 'ada@example.com',
        first_name: 'Ada',
        last_name: 'Lovelace',
        language: 'de',
        time_zone: 'Europe/Berlin',
      },
      groups: ['editors'],
      sessions: [{ id: session.id, user_agent: DEVICE.userAgent, address: DEVICE.address }],
      history: [{ event: 'signed_in', by_yourself: true, address: DEVICE.address }],
      mails: [{ to: 'ada@example.com', subject: 'Hello' }],
      links_sent: [{ purpose: 'reset_password', email: 'ada@example.com' }],
      invitations: [{ email: 'ada@example.com', accepted_at: null }],
    })
    const text = JSON.stringify(exported)
    for (const secret of ['"!"', 'hash"', 'with a link', 'bob', 'Not for Ada']) {
      expect(text).not.toContain(secret)
    }
  })

  it('is a snapshot while data changes', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { session } = await service.sessions.start(ada, DEVICE)
    const { snapshot } = service.database
    // Everything changes between the snapshot and the first read.
    const meanwhile: typeof service.database = {
      ...service.database,
      snapshot: (read) =>
        snapshot(async (queries) => {
          await service.users.update(ada.uuid, { email: 'new@example.com' })
          await service.sessions.end(session.id)
          return read(queries)
        }),
    }
    expect(await exportUserData(meanwhile, ada, NOW)).toMatchObject({
      profile: { email: 'ada@example.com' },
      sessions: [{ id: session.id }],
    })
    expect(await exportUserData(service.database, ada, NOW)).toMatchObject({
      profile: { email: 'new@example.com' },
      sessions: [],
    })
  })

  it('includes every column of the user except internal ones', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { profile } = (await exportUserData(service.database, ada, NOW)) as { profile: object }
    const columns = Object.keys(service.database.users).filter(
      (name) =>
        !['id', 'password', 'deviceEpoch', 'enableRLS', '_', '$inferSelect', '$inferInsert'].includes(name),
    )
    const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    expect(Object.keys(profile).sort()).toEqual(columns.map(snake).sort())
  })
})
