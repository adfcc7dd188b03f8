import { describe, expect, it } from 'vitest'
import {
  createOperatorProof,
  isOperatorProof,
  PROOF_HEADER,
} from '../../../../auth-service/src/platform/crypto/operator-proof.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { INSPECT_PATH } from '../../../../auth-service/src/web/endpoints/inspect.ts'
import { openService, SECRET_KEY, testConfig } from '../../support/services.ts'

const NOW = 1_800_000_000_000
const KEYS = { secretKey: SECRET_KEY, secretKeyFallbacks: [] }
const proof = (secretKey = SECRET_KEY) => createOperatorProof({ secretKey }, () => NOW)

describe('An operator proof', () => {
  it.each([0, 60_000, -60_000])('is valid %i ms later', (later) => {
    expect(isOperatorProof(proof(), KEYS, () => NOW + later)).toBe(true)
  })

  it.each([61_000, -61_000])('is invalid %i ms later', (later) => {
    expect(isOperatorProof(proof(), KEYS, () => NOW + later)).toBe(false)
  })

  it('is valid when made with a former secret', () => {
    const old = 'a former secret of the tests, long enough'
    expect(isOperatorProof(proof(old), { ...KEYS, secretKeyFallbacks: [old] }, () => NOW)).toBe(true)
    expect(isOperatorProof(proof(old), KEYS, () => NOW)).toBe(false)
  })

  it.each([
    '',
    'x',
    '1800000000.',
    `1800000001.${proof().split('.')[1]}`,
    `${proof()}x`,
    proof().slice(0, -1),
  ])('is not %j', (text) => {
    expect(isOperatorProof(text, KEYS, () => NOW)).toBe(false)
  })
})

describe(`GET ${INSPECT_PATH}`, () => {
  it('does not exist for requests without a proof', async () => {
    const app = createApp(await openService(testConfig()))
    for (const headers of [{}, { [PROOF_HEADER]: 'x' }, { [PROOF_HEADER]: proof() }] as const) {
      const answer = await app.request(INSPECT_PATH, { headers: headers as Record<string, string> })
      expect(answer.status).toBe(404)
      expect(await answer.text()).not.toContain('TRUSTED_PROXIES')
    }
  })

  it('reveals no secret', async () => {
    const app = createApp(await openService(testConfig()))
    const headers = { [PROOF_HEADER]: createOperatorProof(KEYS, Date.now) }
    const answer = await app.request(INSPECT_PATH, { headers })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ settings: { COOKIE_DOMAIN: 'demo.localhost' } })
    expect(text).not.toMatch(/secret|DATABASE_URL|SMTP/)
  })
})
