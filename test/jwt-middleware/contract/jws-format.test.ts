import { describe, expect, it } from 'vitest'
import { MAX_TOKEN_LENGTH, readFormat } from '../../../jwt-middleware/src/contract/jws-format.ts'

const segment = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const HEADER = { alg: 'ES256', kid: 'key-1', typ: 'at+jwt' }
const SIGNATURE = segment('signature')
const token = (header: unknown = HEADER, payload: unknown = { sub: 'x' }) =>
  `${segment(header)}.${segment(payload)}.${SIGNATURE}`

describe('The JWS parser', () => {
  it('accepts three canonical segments', () => {
    expect(readFormat(token())).toEqual({ ok: true, value: { header: HEADER, payload: { sub: 'x' } } })
  })

  it.each([
    ['nothing', ''],
    ['one segment', segment(HEADER)],
    ['two segments', `${segment(HEADER)}.${segment({})}`],
    ['four segments', `${token()}.x`],
    ['five segments, an encrypted token', `${token()}.YQ.YQ`],
    ['an empty signature', `${segment(HEADER)}.${segment({})}.`],
    ['an empty payload', `${segment(HEADER)}..${SIGNATURE}`],
    ['padding', `${token()}==`],
    ['the plain base64 alphabet', `${segment(HEADER)}.${segment({})}.a+/b`],
    ['white space', ` ${token()}`],
    ['a line feed', `${token()}\n`],
    ['an impossible length', `${segment(HEADER)}.${segment({})}.abcde`],
    ['a payload that is a list', token(HEADER, [])],
    ['a payload that is null', token(HEADER, 'null')],
    ['a payload that is no JSON', token(HEADER, '{')],
    ['a header that is a string', token('"x"')],
    ['non-ASCII', `${token()}ä`],
  ])('rejects %s as malformed', (_, value) => {
    expect(readFormat(value)).toEqual({ ok: false, reason: 'malformed' })
  })

  it('rejects stray bits in the last character, which lenient decoders drop', () => {
    const sound = Buffer.from([1]).toString('base64url')
    expect(sound).toBe('AQ')
    expect(readFormat(`${segment(HEADER)}.${segment({})}.AQ`).ok).toBe(true)
    expect(readFormat(`${segment(HEADER)}.${segment({})}.AR`)).toEqual({ ok: false, reason: 'malformed' })
  })

  it('rejects bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')
    expect(readFormat(`${segment(HEADER)}.${bytes}.${SIGNATURE}`)).toEqual({ ok: false, reason: 'malformed' })
  })

  it('rejects more than 4,096 bytes without reading them', () => {
    expect(readFormat('a'.repeat(MAX_TOKEN_LENGTH + 1))).toEqual({ ok: false, reason: 'too_large' })
    expect(readFormat('a'.repeat(MAX_TOKEN_LENGTH))).toEqual({ ok: false, reason: 'malformed' })
  })

  it.each([
    ['without a kid', { alg: 'ES256', typ: 'at+jwt' }],
    ['with a kid of 65 characters', { ...HEADER, kid: 'k'.repeat(65) }],
    ['with a path for a kid', { ...HEADER, kid: '../../etc/passwd' }],
    ['with a number for a kid', { ...HEADER, kid: 1 }],
    ['without an algorithm', { kid: 'key-1', typ: 'at+jwt' }],
    ['with a list of algorithms', { ...HEADER, alg: ['ES256'] }],
    ['without a type', { alg: 'ES256', kid: 'key-1' }],
    ['with a critical extension', { ...HEADER, crit: ['b64'], b64: false }],
  ])('rejects a header %s', (_, header) => {
    expect(readFormat(token(header))).toEqual({ ok: false, reason: 'unsupported_header' })
  })
})
