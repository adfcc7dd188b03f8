import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { eventually } from '../../../support/eventually.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { onBothDatabases, type TestService } from '../../support/services.ts'

const latchkey = useLatchkey()
const ORIGIN = 'http://wiki.demo.localhost:8080'

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-rules-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'rules.json'), text)
  return join(folder, 'rules.json')
}

onBothDatabases('latchkey apps rules', (open) => {
  const beside =
    ({ config }: TestService) =>
    (...args: string[]) =>
      latchkey(['apps', 'rules', ...args], { env: { DATABASE_URL: config.databaseUrl } })

  async function start() {
    const service = await open()
    await service.apps.create({ name: 'Wiki', origins: [ORIGIN] }, OPERATOR)
    await service.groups.create('night shift', OPERATOR)
    return { service, rules: beside(service) }
  }

  it('adds, changes, moves, lists and removes rules, and the running service applies them', async () => {
    const { service, rules } = await start()
    expect((await rules('list', 'Wiki')).out).toMatch(/^Wiki has no rules: all signed-in users may open it\./)
    await rules('add', 'Wiki', '/admin/*', '--allow', 'staff')
    await rules('add', 'wiki', '/report/', '--group', 'night shift')
    const added = await rules('add', ORIGIN, '/open', '--allow', 'public', '--before', '/admin/*')
    expect(added).toEqual({
      code: 0,
      err: '',
      out: 'PATH      WHO\n/open     public\n/admin/*  staff\n/report   groups: night shift',
    })
    await eventually(() =>
      expect(service.apps.at(ORIGIN)?.rules.map(({ path }) => path)).toEqual([
        '/open',
        '/admin/*',
        '/report',
      ]),
    )
    await rules('change', 'Wiki', '/open', '--allow', 'signed-in')
    await rules('move', 'Wiki', '/open')
    const listed = JSON.parse((await rules('list', 'Wiki', '--json')).out)
    expect(listed).toEqual([
      { path: '/admin/*', allow: 'staff' },
      { path: '/report', groups: ['night shift'] },
      { path: '/open', allow: 'signed-in' },
    ])
    expect((await rules('list', 'Wiki')).out).toContain(
      'No proxy asks for rules: FORWARD_AUTH_PROXY is not set.',
    )
    await rules('remove', 'Wiki', '/admin/*')
    expect((await rules('remove', 'Wiki', '--all')).out).toBe('Wiki has no rules now.')
    await eventually(() => expect(service.apps.at(ORIGIN)?.rules).toEqual([]))
    const log = await service.database.db.select().from(service.database.auditLog)
    expect(log.filter(({ event, actor }) => event === 'app_rules_changed' && actor === null)).toHaveLength(7)
  })

  it('replaces all rules by those of a file', async () => {
    const { service, rules } = await start()
    const wanted = [{ path: '/admin/*', allow: 'staff' }]
    expect((await rules('replace', 'Wiki', fileWith(JSON.stringify(wanted)))).code).toBe(0)
    await eventually(() => expect(service.apps.at(ORIGIN)?.rules).toEqual(wanted))
    for (const [text, message] of [
      ['[', 'is not JSON'],
      ['{}', 'Send a list of rules, each with a path.'],
      ['[{ "path": "/x", "groups": ["nobody"] }]', 'Rule 1: There is no group “nobody”.'],
    ] as const) {
      expect(await rules('replace', 'Wiki', fileWith(text))).toMatchObject({
        code: 1,
        err: expect.stringContaining(message),
      })
    }
    expect((await rules('replace', 'Wiki', '/nowhere/rules.json')).err).toContain("can't be read")
    expect(service.apps.at(ORIGIN)?.rules).toEqual(wanted)
  })

  it('says what is wrong, and changes nothing', async () => {
    const { service, rules } = await start()
    await rules('add', 'Wiki', '/admin/*', '--allow', 'staff')
    const wrong: [string[], string][] = [
      [['list', 'Nothing'], 'There is no app Nothing.'],
      [['add', 'Wiki', '/x'], 'Choose who may open this path.'],
      [['add', 'Wiki', 'admin', '--allow', 'staff'], 'Begin with a slash'],
      [['add', 'Wiki', '/admin/*', '--allow', 'public'], 'There is a rule for this path already.'],
      [['add', 'Wiki', '/x', '--allow', 'staff', '--before', '/gone'], 'There is no rule for this path.'],
      [['add', 'Wiki', '/x', '--permission', 'wiki.edit'], 'Wiki has not published a permission “wiki.edit”'],
      [['remove', 'Wiki', '/gone'], 'There is no rule for this path.'],
      [['remove', 'Wiki'], 'Pass the path of one rule'],
      [['remove', 'Wiki', '/admin/*', '--all'], 'Pass the path of one rule'],
    ]
    for (const [args, message] of wrong) {
      const { code, err } = await rules(...args)
      expect([code, err], args.join(' ')).toEqual([1, expect.stringContaining(message)])
    }
    const env = { DATABASE_URL: service.config.databaseUrl }
    const removed = await latchkey(['apps', 'remove', 'Wiki'], { env })
    expect([removed.code, removed.err]).toEqual([
      1,
      expect.stringContaining('Remove them first: latchkey apps rules remove Wiki --all'),
    ])
    expect(await rules('lst', 'Wiki')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean'),
    })
    expect(await rules()).toMatchObject({
      code: 2,
      err: '"apps rules" needs a verb. For all of them: latchkey apps rules --help',
    })
    expect((await rules('--help')).out).toContain('latchkey apps rules replace APP FILE')
    expect((await rules('add', '--help')).out).toContain('--before PATH')
  })
})
