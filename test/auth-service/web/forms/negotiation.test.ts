import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { wantsJson } from '../../../../auth-service/src/web/forms/negotiation.ts'

const app = new Hono().all('/', (c) => c.text(wantsJson(c) ? 'JSON' : 'a page'))

const answer = async (headers: Record<string, string>) => (await app.request('/', { headers })).text()

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
