import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { readBody, wantsJson } from '../../../../auth-service/src/web/forms/body.ts'

const app = new Hono().post('/', async (c) => c.json(await readBody(c)))

async function read(
  type: string | undefined,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
) {
  const sent = type === undefined ? headers : { ...headers, 'content-type': type }
  const response = await app.request('/', { method: 'POST', headers: sent, body })
  return (await response.json()) as { ok: boolean; reason?: string; value?: unknown }
}

/** A body without a type: `Request` would add one for a string. */
const untyped = (text: string) => new TextEncoder().encode(text)

const FORM = 'application/x-www-form-urlencoded'

describe('A request body', () => {
  it('is read as a form', async () => {
    const { value } = await read(FORM, 'email=ada%40example.com&first_name=Ada+M%C3%A4ry&empty=')
    expect(value).toEqual({
      kind: 'form',
      fields: { email: 'ada@example.com', first_name: 'Ada Märy', empty: '' },
    })
  })

  it('is read as a JSON object with the types of its members', async () => {
    const { value } = await read('application/json', '{"email":"ä","password":5,"next":null}')
    expect(value).toEqual({ kind: 'json', fields: { email: 'ä', password: 5, next: null } })
  })

  it.each(['application/json; charset=utf-8', 'Application/JSON', ' application/json ;x=y'])(
    'is JSON for the type %j',
    async (type) => {
      expect(await read(type, '{}')).toEqual({ ok: true, value: { kind: 'json', fields: {} } })
    },
  )

  it.each([
    'text/plain',
    'text/json',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json-patch+json',
    'text/plain; application/json',
    'text/plain, application/json',
    'application',
    '*/*',
  ])('of type %s is rejected, whatever it contains', async (type) => {
    expect(await read(type, '{"email":"ada@example.com"}')).toEqual({
      ok: false,
      reason: 'unsupported_media_type',
    })
  })

  it('without a type is rejected unless it is empty', async () => {
    expect(await read(undefined, untyped('{}'))).toEqual({ ok: false, reason: 'unsupported_media_type' })
    expect(await read(undefined, untyped(''))).toMatchObject({ value: { kind: 'form', fields: {} } })
    const asJson = await read(undefined, untyped(''), { accept: 'application/json' })
    expect(asJson).toMatchObject({ value: { kind: 'json', fields: {} } })
  })

  it.each(['', '{', '[]', '["email"]', 'null', '5', '"text"', '{"a":1}{"b":2}', "{'a':1}"])(
    'of JSON %j is malformed',
    async (text) => {
      expect(await read('application/json', text)).toEqual({ ok: false, reason: 'malformed' })
    },
  )

  it.each([FORM, 'application/json'])('of type %s that is not UTF-8 is malformed', async (type) => {
    const bytes = new Uint8Array([...untyped('{"a":"'), 0xff, ...untyped('"}')])
    expect(await read(type, bytes)).toEqual({ ok: false, reason: 'malformed' })
  })

  it.each(['a=%', 'a=%zz', 'a=%ff', '%c3=b', 'a=%ed%a0%80'])(
    'of a form with broken escapes, such as %s, is malformed',
    async (text) => {
      expect(await read(FORM, text)).toEqual({ ok: false, reason: 'malformed' })
    },
  )

  it.each(['next=a&next=b', 'email=a&x=1&email=a', 'a&a', 'em%61il=x&email=y'])(
    'with a repeated field, such as %s, is rejected',
    async (text) => {
      expect(await read(FORM, text)).toEqual({ ok: false, reason: 'duplicate_field' })
    },
  )

  it('can safely name a field like a property of objects', async () => {
    const { value } = await read('application/json', '{"__proto__":{"email":"x"},"constructor":1}')
    expect((value as { fields: object }).fields).not.toHaveProperty('email')
    expect((await read(FORM, '__proto__=1&constructor=2')).ok).toBe(true)
  })
})

const negotiating = new Hono().all('/', (c) => c.text(wantsJson(c) ? 'JSON' : 'a page'))

const answer = async (headers: Record<string, string>) => (await negotiating.request('/', { headers })).text()

describe('The response', () => {
  it.each([
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8',
    'text/html',
    '*/*',
    'text/html, application/json;q=0.5',
    'image/png',
    'application/*;q=0.1, text/html',
    '',
    ';;,q=',
  ])('to Accept: %s is a page', async (accept) => {
    expect(await answer({ accept })).toBe('a page')
  })

  it.each([
    'application/json',
    'application/problem+json',
    'application/json, text/plain, */*',
    'APPLICATION/JSON',
    'text/html;q=0.5, application/json',
    'text/html;q=0, application/json;q=0.1',
  ])('to Accept: %s is JSON', async (accept) => {
    expect(await answer({ accept })).toBe('JSON')
  })

  it('without an Accept header is a page', async () => {
    expect(await answer({})).toBe('a page')
  })

  it('to JSON is JSON', async () => {
    expect(await answer({ 'content-type': 'application/json; charset=utf-8', accept: 'text/html' })).toBe(
      'JSON',
    )
    expect(await answer({ 'content-type': 'text/plain; a=application/json' })).toBe('a page')
  })
})
