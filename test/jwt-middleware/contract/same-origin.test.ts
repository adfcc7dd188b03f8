import { describe, expect, it } from 'vitest'
import { isSafeMethod, isSameOrigin } from '../../../jwt-middleware/src/contract/same-origin.ts'

const OWN = 'https://app1.example.com'
const from = (headers: Record<string, string>) => isSameOrigin((name) => headers[name], [OWN])

describe('Same-origin requests', () => {
  it.each([
    ['the app itself', { 'sec-fetch-site': 'same-origin', origin: OWN }, true],
    ['a bookmark or the address bar', { 'sec-fetch-site': 'none' }, true],
    ['a sibling', { 'sec-fetch-site': 'same-site', origin: 'https://app2.example.com' }, false],
    ['a sibling host that hides its origin', { 'sec-fetch-site': 'same-site' }, false],
    ['a stranger', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, false],
    ['a trusted origin', { 'sec-fetch-site': 'same-site', origin: OWN }, true],
    ['an older browser on the same origin', { origin: OWN }, true],
    ['an older browser on another origin', { origin: 'https://app2.example.com' }, false],
    ['a sandboxed frame', { origin: 'null' }, false],
    ['another port', { origin: `${OWN}:8443` }, false],
    ['another scheme', { origin: 'http://app1.example.com' }, false],
    ['no browser at all', {}, true],
  ])('from %s', (_, headers, same) => {
    expect(from(headers)).toBe(same)
  })

  it('matter for methods that change something', () => {
    expect(['GET', 'HEAD', 'OPTIONS', 'TRACE'].every(isSafeMethod)).toBe(true)
    expect(['POST', 'PUT', 'PATCH', 'DELETE', 'get', 'PROPFIND'].some(isSafeMethod)).toBe(false)
  })
})
