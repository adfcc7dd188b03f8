import { expect, it } from 'vitest'
import { readTrustedProxies } from '../../../../auth-service/src/platform/config/trusted-proxies.ts'

it('no proxy is trusted by default', () => {
  expect(readTrustedProxies(undefined)).toEqual({ ok: true, value: [] })
  expect(readTrustedProxies(' , ')).toEqual({ ok: true, value: [] })
})

it.each([
  ['127.0.0.1', '127.0.0.1', 32],
  ['10.0.0.0/8', '10.0.0.0', 8],
  ['::1', '::1', 128],
  ['FD00::/8', 'fd00::', 8],
  ['::ffff:10.0.0.0/104', '10.0.0.0', 8],
  ['::ffff:10.0.0.1', '10.0.0.1', 32],
])('%s is a range', (text, address, prefix) => {
  expect(readTrustedProxies(text)).toEqual({ ok: true, value: [{ address, prefix }] })
})

it.each([
  'proxy.internal',
  '10.0.0/8',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  '::/129',
  '::ffff:10.0.0.0/95',
  'fe80::1%eth0',
  '10.0.0.1 10.0.0.2',
])('%s is rejected, with a remedy', (text) => {
  const read = readTrustedProxies(`127.0.0.1,${text}`)
  expect(read).toMatchObject({
    ok: false,
    reason: expect.stringContaining(`TRUSTED_PROXIES contains "${text}"`),
  })
  expect(read).toMatchObject({ reason: expect.stringContaining('e.g. TRUSTED_PROXIES=127.0.0.1') })
})

it.each(['0.0.0.0/0', '::/0', '::ffff:0.0.0.0/96'])(
  '%s is rejected, since it includes every address',
  (text) => {
    expect(readTrustedProxies(text)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('any client could claim'),
    })
  },
)
