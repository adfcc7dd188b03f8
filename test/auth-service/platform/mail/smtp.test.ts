import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isNotNull, isNull, type SQL } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { emailProblem, nameProblem } from '../../../../auth-service/src/platform/validation/validators.ts'
import type { Service } from '../../../../auth-service/src/service.ts'
import { eventually } from '../../../support/eventually.ts'
import { naughtyStrings, someNaughtyStrings } from '../../../support/naughty-strings.ts'
import { SEED, sample } from '../../../support/sample.ts'
import { NOW } from '../../../support/tokens.ts'
import { skeleton } from '../../support/browser.ts'
import {
  headerOf,
  type MailServerOptions,
  partsOf,
  type Received,
  smtpSettings,
  startMailServer,
  unquoted,
} from '../../support/mail-server.ts'
import { openService, type TestService, testConfig } from '../../support/services.ts'

const MESSAGE = { to: 'ada@example.com', subject: 'Hello', text: 'How are you?', html: '<p>How are you?</p>' }

/** A service that uses this mail server by a host name: `0.0.0.0` stands for another machine. */
async function openWith(
  url: string,
  options: MailServerOptions,
  smtp: Parameters<typeof openService>[1] = {},
) {
  const server = await startMailServer(options)
  const service = await openService(testConfig(smtpSettings(server.port, url)), smtp)
  onTestFinished(async () => {
    await service.close()
    await server.stop()
  })
  return { server, service }
}

const outboxOf = async ({ database: { db, outbox } }: Service) => db.select().from(outbox).orderBy(outbox.id)

/** Resolves once no such message is queued. Keeps waiting while the number shrinks, since the machine may be busy. */
async function noneLeft({ database: { db, outbox } }: Service, which: SQL): Promise<void> {
  for (let left = await db.$count(outbox, which); left > 0; ) {
    left = await eventually(async () => {
      const now = await db.$count(outbox, which)
      expect(now, 'mails that wait').toBeLessThan(left)
      return now
    })
  }
}

/** Resolves once every message was sent. */
const sent = (service: Service) => noneLeft(service, isNull(service.database.outbox.sentAt))

/** Resolves once every message was sent or has failed. */
const settled = (service: Service) => noneLeft(service, isNotNull(service.database.outbox.dueAt))

const putOff = (service: Service) =>
  eventually(async () => expect(await outboxOf(service)).toMatchObject([{ dueAt: NOW + 30, sentAt: null }]))

describe('The connection', () => {
  const NAME = 'mail.example.com'
  let folder: string
  let tls: { key: Buffer; cert: Buffer }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-mail-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    })
    tls = { key: readFileSync(key), cert: readFileSync(cert) }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const offersStarttls = () => ({ ...tls, disabledCommands: ['AUTH'] })
  const trusting = () => ({ tls: { ca: tls.cert, servername: NAME } })

  it('to another machine uses STARTTLS first', async () => {
    const { server, service } = await openWith('smtp://0.0.0.0', offersStarttls(), trusting())
    await service.mail.send(MESSAGE)
    await sent(service)
    expect(server.received).toMatchObject([{ secure: true }])
  })

  it('is not used if STARTTLS fails', async () => {
    const { server, service } = await openWith('smtp://0.0.0.0', {})
    await service.mail.send(MESSAGE)
    await putOff(service)
    expect(server.received).toEqual([])
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'mail_put_off', code: 'ETLS', command: 'STARTTLS' }),
    )
  })

  it.each([
    ['STARTTLS', 'smtp://0.0.0.0', false],
    ['TLS', 'smtps://127.0.0.1', true],
  ])('by %s is not used if the certificate is not trusted', async (_, url, secure) => {
    const { server, service } = await openWith(url, { ...offersStarttls(), secure })
    await service.mail.send(MESSAGE)
    await putOff(service)
    expect(server.received).toEqual([])
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'mail_put_off', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    )
  })

  it('uses TLS from the start for smtps', async () => {
    const options = { ...offersStarttls(), secure: true }
    const { server, service } = await openWith('smtps://127.0.0.1', options, trusting())
    await service.mail.send(MESSAGE)
    await sent(service)
    expect(server.received).toMatchObject([{ secure: true }])
  })

  it('to this machine uses TLS if offered, with any certificate', async () => {
    const { server, service } = await openWith('smtp://127.0.0.1', offersStarttls())
    await service.mail.send(MESSAGE)
    await sent(service)
    expect(server.received).toMatchObject([{ secure: true }])
  })

  const onAuth: MailServerOptions['onAuth'] = ({ username, password }, _, callback) =>
    callback(null, password === 'open sesame' ? { user: username } : { message: 'Invalid login, hush' })

  it('signs in with the SMTP_URL credentials, under TLS', async () => {
    const options = { ...tls, onAuth, authOptional: false, disabledCommands: [] }
    const { server, service } = await openWith('smtp://mailer:open%20sesame@0.0.0.0', options, trusting())
    await service.mail.send(MESSAGE)
    await sent(service)
    expect(server.received).toMatchObject([{ secure: true, user: 'mailer' }])
  })

  it('with rejected credentials is retried later, and the log has no password', async () => {
    const options = { onAuth, authOptional: false, allowInsecureAuth: true, disabledCommands: ['STARTTLS'] }
    const { server, service } = await openWith('smtp://mailer:wrong-hush@127.0.0.1', options)
    await service.mail.send(MESSAGE)
    await putOff(service)
    expect(server.received).toEqual([])
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'mail_put_off', code: 'EAUTH', reply: 535 }),
    )
    expect(JSON.stringify(service.logged)).not.toMatch(/hush|mailer/)
  })
})

/** A server that answers no RCPT TO until it is released. */
function holding() {
  const [taken, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const onRcptTo: MailServerOptions['onRcptTo'] = (_, __, callback) => {
    taken.resolve()
    release.promise.then(() => callback())
  }
  return { taken: taken.promise, release: release.resolve, onRcptTo }
}

it('A message that takes three minutes is postponed, even on an active connection', async () => {
  const { taken, onRcptTo } = holding()
  // Set at the start, since a message's deadline is set when it is sent.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { service } = await openWith('smtp://127.0.0.1', { onRcptTo })
  await service.mail.send(MESSAGE)
  while (!(await Promise.race([taken.then(() => true), new Promise(setImmediate)])))
    vi.advanceTimersByTime(10)
  vi.advanceTimersByTime(180_000)
  vi.useRealTimers()
  await putOff(service)
  expect(service.logged).toContainEqual(expect.objectContaining({ event: 'mail_put_off', code: 'EABORT' }))
})

describe('A service that stops', () => {
  it('waits for the message being sent, and begins no other', async () => {
    const { taken, release, onRcptTo } = holding()
    const { server, service } = await openWith('smtp://127.0.0.1', { onRcptTo })
    for (let n = 0; n < 5; n++) await service.mail.send(MESSAGE)
    await taken
    const closed = service.mail.close()
    release()
    await closed
    const rows = await outboxOf(service)
    const done = rows.filter(({ sentAt }) => sentAt === NOW).length
    expect(done).toBeGreaterThan(0)
    expect(done).toBeLessThanOrEqual(3)
    expect(rows.filter(({ attempts }) => attempts === 0)).toHaveLength(5 - done)
    expect(server.received).toHaveLength(done)
  })

  it('does not wait for a silent server; the message stays', async () => {
    const { taken, onRcptTo } = holding()
    const { service } = await openWith('smtp://127.0.0.1', { onRcptTo })
    await service.mail.send(MESSAGE)
    await taken
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const closed = service.mail.close()
    vi.advanceTimersByTime(5_000)
    vi.useRealTimers()
    await closed
    expect(await outboxOf(service)).toMatchObject([{ attempts: 1, dueAt: NOW + 30, sentAt: null }])
  })
})

describe(`With any names and any content (seed ${SEED}),`, () => {
  const NAMES = [
    'From',
    'To',
    'Subject',
    'Message-ID',
    'Date',
    'MIME-Version',
    'Auto-Submitted',
    'Content-Type',
    'Content-Transfer-Encoding',
  ]
  const SPLITS = ['\r\n', '\n', '\r', '\u2028', '\x0b', '\r\n ', '\r\n\r\n']
  const HOSTILE = [
    ...someNaughtyStrings,
    ...SPLITS.map((split) => `Hello${split}Bcc: eve@example.com${split}${split}Visit us`),
    'a@example.com, eve@example.com',
    'a@example.com; eve@example.com',
    'friends: a@example.com, eve@example.com;',
    'a@example.com> SIZE=1\r\nRCPT TO:<eve@example.com',
    'a@example.com\r\nRCPT TO:<eve@example.com>',
    '"a@example.com, eve@example.com" <b@example.com>',
    '.\r\nMAIL FROM:<eve@example.com>',
  ]

  const nothingAdded = (mail: Received) => {
    expect(mail.from).toBe('no-reply@example.com')
    expect(mail.to).toHaveLength(1)
    expect(mail.headers.map(([name]) => name).filter((name) => !NAMES.includes(name))).toEqual([])
    expect(new Set(mail.headers.map(([name]) => name)).size).toBe(mail.headers.length)
    for (const line of mail.raw.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998)
  }

  it('no subject or text adds a header, a recipient or a message', async () => {
    const { server, service } = await openWith('smtp://127.0.0.1', {})
    const texts = [...HOSTILE, 'x'.repeat(5000), 'x '.repeat(5000)]
    for (const text of texts) await service.mail.send({ ...MESSAGE, subject: text, text, html: text })
    await sent(service)
    expect(server.received).toHaveLength(texts.length)
    for (const mail of server.received) {
      nothingAdded(mail)
      expect([mail.to, headerOf(mail, 'To')]).toEqual([['ada@example.com'], 'ada@example.com'])
    }
  })

  it('subjects and texts arrive as written', async () => {
    const { server, service } = await openWith('smtp://127.0.0.1', {})
    const whole = naughtyStrings.filter((text) => /^[^\p{C}\s]([^\p{C}\s]| (?! ))*$/u.test(text))
    const written = sample(whole, 150)
    expect(written.length).toBeGreaterThanOrEqual(150)
    for (const text of written) await service.mail.send({ ...MESSAGE, subject: text, text, html: text })
    await sent(service)
    expect(server.received.map((mail) => decodeWords(headerOf(mail, 'Subject'))).sort()).toEqual(
      [...written].sort(),
    )
    for (const type of ['text/plain', 'text/html']) {
      const bodies = server.received.map((mail) => partsOf(mail).find((part) => part.type === type)?.text)
      expect(bodies.sort(), type).toEqual([...written].sort())
    }
  })

  it("the service's emails arrive as text and HTML in UTF-8, without foreign markup", async () => {
    const [plain, { server, service }] = [
      await openWith('smtp://127.0.0.1', {}),
      await openWith('smtp://127.0.0.1', {}),
    ]
    const hostile = naughtyStrings.filter((words) => /[<>&"']/.test(words))
    const isName = (name: string) => nameProblem(name) === undefined
    const names = sample(hostile.filter(isName), 40)
    const addresses = hostile.map((words) => `${words}@example.com`)
    const isAddress = (address: string) => emailProblem(address) === undefined
    const people = [
      ...names.map((name, at) => [`p${at}@example.com`, name] as const),
      ...sample(addresses.filter(isAddress), 20).map((address) => [address, 'Ada'] as const),
    ]
    const device = (words: string) => ({ userAgent: words, address: words, language: 'de' })
    const all = async (to: TestService, email: string, name: string, agent: string) => {
      const person = { email, password: 'a long walk by the sea', first_name: name, last_name: name }
      await to.accounts.register(person, device(agent))
      const user = await to.users.findByEmail(email)
      if (user) await to.deletions.request(user, device(agent))
    }
    await all(plain.service, 'ada@example.com', 'Ada', 'Test')
    for (const [at, [email, name]] of people.entries()) {
      await all(service, email, name, hostile[at % hostile.length] ?? '')
    }
    await sent(plain.service)
    await sent(service)
    const rendered = (mail: Received) => {
      const parts = partsOf(mail)
      expect(parts.map(({ type, charset }) => [type, charset])).toEqual([
        ['text/plain', 'utf-8'],
        ['text/html', 'utf-8'],
      ])
      const [text = '', html = ''] = parts.map((part) => part.text)
      expect(text).toMatch(/^Hallo,\r\n\r\n/)
      expect(html).toContain('<p style="margin:0 0 16px">Hallo,</p>')
      expect(html).toMatch(/<title>(Bitte bestätigen Sie Ihre E-Mail-Adresse|Ihr Konto wird gelöscht)</)
      return skeleton(html)
    }
    expect(new Set(server.received.map(rendered))).toEqual(new Set(plain.server.received.map(rendered)))
    expect(server.received).toHaveLength(2 * people.length)
    expect(names.length).toBeGreaterThanOrEqual(40)
    expect(people.length).toBeGreaterThan(names.length)
  })

  it('no address becomes two or adds a header', async () => {
    const { server, service } = await openWith('smtp://127.0.0.1', {})
    const addresses = HOSTILE.flatMap((text) => [text, `${text}@example.com`])
    for (const to of addresses) await service.mail.send({ ...MESSAGE, to })
    await settled(service)
    expect(server.received.length).toBeGreaterThan(20)
    for (const mail of server.received) {
      nothingAdded(mail)
      expect(mail.to).not.toEqual(['eve@example.com'])
      expect(headerOf(mail, 'To').replace(/^<|>$/g, '')).toBe(mail.to[0])
    }
  })
})

/** RFC 2047, as far as the service's emails need it. */
const decodeWords = (header: string): string =>
  header
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/(=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (words) =>
      Buffer.concat(
        [...words.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, kind = '', text = '']) =>
          kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : unquoted(text.replaceAll('_', ' ')),
        ),
      ).toString(),
    )
