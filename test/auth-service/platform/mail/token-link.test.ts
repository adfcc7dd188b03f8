import { describe, expect, it } from 'vitest'
import { linkTo } from '../../../../auth-service/src/platform/mail/token-link.ts'

const AUTH_URL = 'https://auth.example.com'

describe('A link in an email', () => {
  it('leads to a path of the service, with the token', () => {
    expect(linkTo(AUTH_URL, '/password/reset', 'abc_-123')).toBe(
      'https://auth.example.com/password/reset?token=abc_-123',
    )
  })

  it('carries any return URL', () => {
    const next = 'https://app1.example.com/notes?page=2&token=theirs#top'
    const link = new URL(linkTo(AUTH_URL, '/verify-email', 'ours', next))
    // The token comes last: text that a mail program appends to the link can then spoil nothing else.
    expect([...link.searchParams]).toEqual([
      ['next', next],
      ['token', 'ours'],
    ])
    expect([link.origin, link.pathname, link.hash]).toEqual([AUTH_URL, '/verify-email', ''])
  })

  it('contains nothing that an email could break or a page could read as markup', () => {
    const link = linkTo(AUTH_URL, '/verify-email', 'a b<c>&"', 'https://app1.example.com/ä?"<x>\n')
    expect(link).toMatch(/^[!-~]+$/)
    expect(link).not.toMatch(/["<>]/)
  })
})
