import { describe, expect, it } from 'vitest'
import { linkTo } from '../../../../auth-service/src/platform/mail/token-link.ts'

const AUTH_URL = 'https://auth.example.com'

describe('a link for a mail', () => {
  it('is to a path of ours, with the token', () => {
    expect(linkTo(AUTH_URL, '/password/reset', 'abc_-123')).toBe(
      'https://auth.example.com/password/reset?token=abc_-123',
    )
  })

  it('leads on to where somebody came from, whatever that has in it', () => {
    const next = 'https://app1.example.com/notes?page=2&token=theirs#top'
    const link = new URL(linkTo(AUTH_URL, '/verify-email', 'ours', next))
    // The token comes last: text behind the link that a mail program takes along then spoils nothing else.
    expect([...link.searchParams]).toEqual([
      ['next', next],
      ['token', 'ours'],
    ])
    expect([link.origin, link.pathname, link.hash]).toEqual([AUTH_URL, '/verify-email', ''])
  })

  it('has nothing in it that a mail could break or a page take for markup', () => {
    const link = linkTo(AUTH_URL, '/verify-email', 'a b<c>&"', 'https://app1.example.com/ä?"<x>\n')
    expect(link).toMatch(/^[!-~]+$/)
    expect(link).not.toMatch(/["<>]/)
  })
})
