import { describe, expect, it } from 'vitest'
import {
  isLoopback,
  readMailFrom,
  readSmtpUrl,
} from '../../../../auth-service/src/platform/config/mail-config.ts'

const read = (url: string) => {
  const result = readSmtpUrl(url)
  if (!result.ok) throw new Error(result.reason)
  return result.value
}

describe('SMTP_URL', () => {
  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, security: 'starttls' }],
    ['smtp://MAIL.Example.com:2525/', { host: 'mail.example.com', port: 2525, security: 'starttls' }],
    ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, security: 'tls' }],
    ['smtps://localhost:4650', { host: 'localhost', port: 4650, security: 'tls' }],
    ['smtp://localhost:25', { host: 'localhost', port: 25, security: 'loopback' }],
    ['smtp://127.1:80', { host: '127.0.0.1', port: 80, security: 'loopback' }],
    ['smtp://[::1]:25', { host: '::1', port: 25, security: 'loopback' }],
    ['smtp://[2001:db8::1]', { host: '2001:db8::1', port: 587, security: 'starttls' }],
    ['smtp://b\u00FCcher.example', { host: 'xn--bcher-kva.example', port: 587, security: 'starttls' }],
  ])('%s names a mail server', (url, server) => {
    expect(read(url)).toEqual({ ...server, credentials: undefined })
  })

  it('can contain a user and a password, percent-encoded', () => {
    const password = 'p@ss/w\u00F6rd:%?#'
    const url = `smtp://no-reply%40example.com:${encodeURIComponent(password)}@mail.example.com`
    expect(read(url)).toMatchObject({ credentials: { user: 'no-reply@example.com', password } })
  })

  it('is optional', () => {
    expect([readSmtpUrl(undefined), readSmtpUrl('')]).toEqual([
      { ok: true, value: undefined },
      { ok: true, value: undefined },
    ])
  })

  it.each([
    'mail.example.com:587',
    'https://hush@mail.example.com',
    'smtp:',
    'smtp://',
    'smtp:///hush',
    'smtp://a b',
    'smtp://mail.example.com:99999',
    'smtp://mail.example.com/hush',
    'smtp://mail.example.com?tls.rejectUnauthorized=hush',
    'smtp://mail.example.com/#hush',
    'smtp://user:hush/x@mail.example.com',
    'smtp://user:hush%@mail.example.com',
    'smtp://hush@mail.example.com',
    'smtp://:hush@mail.example.com',
  ])('%s is rejected with a remedy, and not quoted', (url) => {
    const result = readSmtpUrl(url)
    expect(result).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^SMTP_URL .*(Set|Give|Remove) .*smtp:/),
    })
    expect(JSON.stringify(result)).not.toContain('hush')
  })
})

describe('MAIL_FROM', () => {
  it.each([
    ['no-reply@example.com', 'Brand', 'no-reply@example.com'],
    ['<no-reply@example.com>', 'Brand', 'no-reply@example.com'],
    ['Example <no-reply@example.com>', 'Example', 'no-reply@example.com'],
    ['"Example, Inc." <no-reply@example.com>', 'Example, Inc.', 'no-reply@example.com'],
    ['B\u00FCcher & Co<post@b\u00FCcher.example>', 'B\u00FCcher & Co', 'post@b\u00FCcher.example'],
  ])('%s is a sender, named after the brand by default', (text, name, address) => {
    expect(readMailFrom(text, true, 'Brand')).toEqual({ ok: true, value: { name, address } })
  })

  it.each([
    'Example',
    'Example <>',
    'no-reply@example.com, other@example.com',
    'Example <a@example.com> <b@example.com>',
    'Exa\nmple <no-reply@example.com>',
    'Example <no-reply@example.com>\r\nBcc: all@example.com',
  ])('%j is empty or invalid', (text) => {
    expect(readMailFrom(text, false, 'Brand')).toMatchObject({
      ok: false,
      reason: expect.stringContaining('Set it to'),
    })
  })

  it('is required exactly when email is sent', () => {
    expect(readMailFrom('', false, 'Brand')).toEqual({ ok: true, value: undefined })
    expect(readMailFrom(undefined, true, 'Brand')).toMatchObject({
      reason: expect.stringMatching(/^MAIL_FROM is not set, but SMTP_URL is\. Set it/),
    })
  })
})

it.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['mail.localhost', false],
  ['localhost.example.com', false],
  ['127.0.0.1.example.com', false],
  ['0.0.0.0', false],
  ['mail.example.com', false],
])('%s is this machine: %s', (host, local) => {
  expect(isLoopback(host)).toBe(local)
})
