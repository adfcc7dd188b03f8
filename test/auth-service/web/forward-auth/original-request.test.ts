import { describe, expect, it } from 'vitest'
import { readOriginalRequest } from '../../../../auth-service/src/web/forward-auth/original-request.ts'

const ORIGINAL = { 'X-Original-Method': 'GET', 'X-Original-URL': 'https://wiki.example.com/a?b=c' }
const FORWARDED = {
  'X-Forwarded-Method': 'GET',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'wiki.example.com',
  'X-Forwarded-Uri': '/a?b=c',
}
const SENT = {
  nginx: ORIGINAL,
  haproxy: ORIGINAL,
  apache: ORIGINAL,
  caddy: FORWARDED,
  traefik: FORWARDED,
} as const
const PROXIES = Object.keys(SENT) as (keyof typeof SENT)[]

const read = (proxy: keyof typeof SENT, headers: Record<string, string>) =>
  readOriginalRequest(proxy, new Headers(headers))

const EXPECTED = {
  method: 'GET',
  origin: 'https://wiki.example.com',
  host: 'wiki.example.com',
  target: '/a?b=c',
  isUpgrade: false,
}

describe.each(PROXIES)('The headers of %s', (proxy) => {
  const sent = SENT[proxy]
  const other = sent === ORIGINAL ? FORWARDED : ORIGINAL

  it('describe a request', () => {
    expect(read(proxy, sent)).toEqual({ ok: true, value: EXPECTED })
  })

  it('are all needed', () => {
    for (const name of Object.keys(sent)) {
      expect(read(proxy, { ...sent, [name]: '' })).toEqual({ ok: false, reason: 'missing_headers' })
    }
    expect(read(proxy, {})).toEqual({ ok: false, reason: 'missing_headers' })
  })

  it.each([
    ...Object.keys(other).filter((name) => !/(Proto|Host)$/.test(name)),
    'X-Original-URI',
    'X-Forwarded-Prefix',
    'X-Rewrite-URL',
    ...Object.keys(sent).map((name) => name.replaceAll('-', '_')),
    'x_Forwarded-uri',
    'X_FORWARDED_PREFIX',
    'X.Forwarded.Uri',
    'X~Original-URL',
    "X'Forwarded!Prefix",
    'X-Envoy-Original-Path',
  ])('come without %s', (name) => {
    expect(read(proxy, { ...sent, [name]: '/public' })).toEqual({ ok: false, reason: 'other_headers' })
  })

  it.each([
    'X_Latchkey_User',
    'X.Latchkey.User',
    'x-latchkey_token',
    'X~Latchkey-Groups',
    'X|LATCHKEY^EMAIL',
  ])('come without %s, which the proxy may pass on', (name) => {
    expect(read(proxy, { ...sent, [name]: 'forged' })).toEqual({ ok: false, reason: 'forged_identity' })
    const replaced = name.replaceAll(/[^A-Za-z]/g, '-')
    expect(read(proxy, { ...sent, [replaced]: 'forged' })).toMatchObject({ ok: true })
  })

  it('come once each', () => {
    for (const [name, value] of Object.entries(sent)) {
      const headers = new Headers({ ...sent })
      headers.append(name, value)
      expect(readOriginalRequest(proxy, headers)).toEqual({ ok: false, reason: 'unreadable_headers' })
    }
  })

  it.each(['upgrade', 'sec-websocket-key'])('tell of a WebSocket by %s', (name) => {
    expect(read(proxy, { ...sent, [name]: 'websocket' })).toMatchObject({ value: { isUpgrade: true } })
  })
})

it('the port is part of the origin, and the host has none', () => {
  const headers = { ...ORIGINAL, 'X-Original-URL': 'http://Wiki.demo.localhost:8080/' }
  expect(read('nginx', headers)).toMatchObject({
    value: { origin: 'http://wiki.demo.localhost:8080', host: 'wiki.demo.localhost', target: '/' },
  })
  expect(read('caddy', { ...FORWARDED, 'X-Forwarded-Host': 'wiki.example.com:443' })).toMatchObject({
    value: { origin: 'https://wiki.example.com' },
  })
})

it('Traefik calls the scheme of a WebSocket wss', () => {
  expect(read('traefik', { ...FORWARDED, 'X-Forwarded-Proto': 'wss' })).toEqual({
    ok: true,
    value: { ...EXPECTED, isUpgrade: true },
  })
})

it('the target stays as the client wrote it', () => {
  for (const target of ['/a/../b', '//b', '/%2e%2e', '/..;/b', '/a#b']) {
    const url = `https://wiki.example.com${target}`
    expect(read('nginx', { ...ORIGINAL, 'X-Original-URL': url })).toMatchObject({ value: { target } })
    expect(read('caddy', { ...FORWARDED, 'X-Forwarded-Uri': target })).toMatchObject({ value: { target } })
  }
})

it.each([
  'wiki.example.com/a',
  'ftp://wiki.example.com/',
  'https:///a',
  'https://wiki.example.com',
  'https://wiki.example.com?x',
  'https://ada@wiki.example.com/',
  'https://wiki.example.com:99999/',
  'https://wiki.example.com\\evil/',
  'https://[::1]/',
  'https://wiki.example.comhttps://evil.example/',
  'https://wiki.example.com/a b',
  'javascript:alert(1)',
])('%s is not a URL behind the proxy', (url) => {
  expect(read('nginx', { ...ORIGINAL, 'X-Original-URL': url })).toEqual({
    ok: false,
    reason: 'unreadable_headers',
  })
})

it.each(['get', 'GET POST', 'G3T', '-'])('%s is not a method', (method) => {
  expect(read('nginx', { ...ORIGINAL, 'X-Original-Method': method })).toEqual({
    ok: false,
    reason: 'unreadable_headers',
  })
})
