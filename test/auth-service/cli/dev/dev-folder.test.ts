import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  findDevFolder,
  prepareDevFolder,
  readDevSettings,
} from '../../../../auth-service/src/cli/dev/dev-folder.ts'
import { tempApp } from '../../../support/temp-app.ts'

const SETTINGS = { cookieDomain: 'team.localhost', port: 4000, apps: ['http://app1.team.localhost:3000'] }

it('has settings only if `dev` can have written them: `add` copies them into other files', async () => {
  const folder = tempApp({})
  expect(readDevSettings(folder)).toBeNull()
  await prepareDevFolder(SETTINGS, folder)
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
  await prepareDevFolder(SETTINGS, data)
  expect(findDevFolder(app)).toBe(data)
  if (process.getuid?.() !== 0) return
  chownSync(data, 12_345, 12_345)
  expect(findDevFolder(app)).not.toBe(data)
})
