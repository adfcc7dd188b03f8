import { describe, expect, it } from 'vitest'
import { readTourControl } from '../../examples/house-style/src/tour/tour.ts'
import { readReport, writeReport } from '../../examples/house-style/src/tour/tour-report.ts'
import { languageOf, wordsIn } from '../../examples/house-style/src/tour/tour-words.ts'
import { createApp } from '../../examples/notes/src/app.ts'
import { createWorld, useWorlds } from './support/world.ts'

useWorlds()

const DEMO = { DEMO_CONTROL_URL: 'http://127.0.0.1:1/', DEMO_CONTROL_KEY: 'key' }

describe('The tour', () => {
  it('exists only where the demo started the app, and never in production', () => {
    expect(readTourControl(DEMO)).toEqual({ url: DEMO.DEMO_CONTROL_URL, key: 'key' })
    expect(readTourControl({})).toBeUndefined()
    expect(readTourControl({ DEMO_CONTROL_URL: DEMO.DEMO_CONTROL_URL })).toBeUndefined()
    expect(readTourControl({ ...DEMO, NODE_ENV: 'production' })).toBeUndefined()
  })

  const create = () => {
    const tour = readTourControl(DEMO)
    return createWorld('http://app1.demo.localhost:4001', (options) => createApp({ ...options, tour }))
  }

  it('takes its buttons from signed-in users and its questions from the demo', async () => {
    const world = create()
    expect((await world.visitor().post('/tour', { action: 'end_token' })).status).toBe(401)
    const browser = await world.signedIn()
    expect((await browser.post('/tour', { action: 'delete_everything' })).status).toBe(404)
    expect((await browser.post('/tour/watch', {})).status).toBe(404)
    const headers = { 'x-demo-key': 'kez' }
    expect((await browser.request('/tour/heard', { method: 'POST', headers })).status).toBe(404)
    expect((await browser.post('/tour', { action: 'end_token' })).status).toBe(303)
  })

  it('says so if the demo does not answer', async () => {
    const browser = await create().signedIn()
    await browser.post('/tour', { action: 'become_staff' })
    expect((await browser.get('/')).html).toContain('<p role="status">That did not work.')
  })

  it.each([
    ['', 'en'],
    ['en-US,en;q=0.9,de;q=0.8', 'en'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['fr,de;q=0.5', 'de'],
    ['fr', 'en'],
  ])('speaks the language of %s', (accepted, language) => {
    expect(languageOf(accepted)).toBe(language)
  })

  it('fills in its texts', () => {
    expect(wordsIn('de')('heard', { app: 'Notes', ms: 34 })).toBe('Notes erfuhr es nach 34 ms.')
  })

  it('reads its own reports from the cookie, and nothing else', () => {
    const report = { action: 'end_all', ok: true, heard: [{ app: 'Notes', ms: 34 }] } as const
    expect(readReport(writeReport(report))).toEqual(report)
    const wrong = [
      { ...report, action: 'x' },
      { ...report, heard: [{ app: 'Notes', ms: 'x' }] },
      { ...report, heard: [{ app: 'x'.repeat(99), ms: 1 }] },
      null,
    ]
    for (const value of wrong) expect(readReport(writeReport(value as never))).toBeNull()
    expect(readReport('rubbish')).toBeNull()
    expect(readReport(undefined)).toBeNull()
  })
})
