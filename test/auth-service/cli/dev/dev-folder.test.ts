import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, success } from '@latchkey/jwt-middleware/contract'
import { expect, it } from 'vitest'
import {
  changeDevFolder,
  findDevFolder,
  readDevSettings,
} from '../../../../auth-service/src/cli/dev/dev-folder.ts'
import { tempApp } from '../../../support/temp-app.ts'

const SETTINGS = { cookieDomain: 'team.localhost', port: 4000, apps: ['http://app1.team.localhost:3000'] }

it('has settings only if `dev` can have written them: `add` copies them into other files', async () => {
  const folder = tempApp({})
  expect(readDevSettings(folder)).toBeNull()
  await changeDevFolder(() => success({ settings: SETTINGS }), folder)
  expect(readDevSettings(folder)).toEqual(SETTINGS)
  for (const text of [
    '{',
    '{}',
    JSON.stringify({ ...SETTINGS, cookieDomain: 'evil.example' }),
    JSON.stringify({ ...SETTINGS, cookieDomain: 'a\nNODE_OPTIONS=--import=x.localhost' }),
    JSON.stringify({ ...SETTINGS, port: '4000' }),
    JSON.stringify({
      ...SETTINGS,
      apps: ['http://app1.team.localhost:3000\nNODE_OPTIONS=--import=/tmp/x.mjs'],
    }),
    JSON.stringify({ ...SETTINGS, apps: ['https://app1.evil.example'] }),
  ]) {
    writeFileSync(join(folder, 'dev.json'), text)
    expect([text, readDevSettings(folder)]).toEqual([text, null])
  }
})

it('is found above an app, unless it is another user’s', async () => {
  const folder = tempApp({})
  const [app, data] = [join(folder, 'app'), join(folder, '.latchkey')]
  mkdirSync(app)
  await changeDevFolder(() => success({ settings: SETTINGS }), data)
  expect(findDevFolder(app)).toBe(data)
  if (process.getuid?.() !== 0) return
  chownSync(data, 12_345, 12_345)
  expect(findDevFolder(app)).not.toBe(data)
})

it('is changed by one after the other, each of which sees what the ones before it wrote', async () => {
  const folder = tempApp({})
  const names = Array.from({ length: 10 }, (_, at) => `http://app${at}.team.localhost:3000`)
  const changes = names.map((name) =>
    changeDevFolder(() => {
      const apps = [...(readDevSettings(folder)?.apps ?? []), name]
      return success({ settings: { ...SETTINGS, apps } })
    }, folder),
  )
  await Promise.all(changes)
  expect(readDevSettings(folder)?.apps.toSorted()).toEqual(names)
})

it('is left as it is by a refusal, and by a process that was interrupted while it wrote', async () => {
  const folder = tempApp({})
  await changeDevFolder(() => success({ settings: SETTINGS }), folder)
  expect(await changeDevFolder(() => failure('No.'), folder)).toEqual(failure('No.'))
  expect(readDevSettings(folder)).toEqual(SETTINGS)
  writeFileSync(join(folder, 'dev.json.lock'), '1')
  const late = await changeDevFolder(() => success({ settings: { ...SETTINGS, port: 4100 } }), folder)
  expect(late).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/dev\.json\.lock exists: .* Remove the file/),
  })
  expect(readDevSettings(folder)).toEqual(SETTINGS)
})
