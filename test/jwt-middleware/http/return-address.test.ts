import { describe, expect, it } from 'vitest'
import { ownPage } from '../../../jwt-middleware/src/http/return-address.ts'

const OWN = 'https://app1.example.com'

describe('The page to return to', () => {
  it.each([
    ['/notes?a=1', `${OWN}/notes?a=1`],
    [`${OWN}/notes`, `${OWN}/notes`],
    ['//evil.example', `${OWN}//evil.example`],
    ['\\\\evil.example', `${OWN}/`],
    ['https://app1.example.com@evil.example', `${OWN}/`],
    ['https://app1.example.com:444/', `${OWN}/`],
    ['javascript:alert(1)', `${OWN}/`],
    // What Express makes of ?next=/a&next=/b.
    [['/a', '/b'] as unknown as string, `${OWN}/`],
  ])('is for %j: %s', (given, page) => {
    expect(ownPage(given, OWN)).toBe(page)
  })
})
