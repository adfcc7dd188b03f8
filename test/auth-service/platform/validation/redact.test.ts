import { expect, it } from 'vitest'
import { redact } from '../../../../auth-service/src/platform/validation/redact.ts'

it('a setting is quoted unchanged', () => {
  expect([redact('loud'), redact(''), redact('::1'), redact('a@b.example')]).toEqual([
    '"loud"',
    '""',
    '"::1"',
    '"a@b.example"',
  ])
})

it.each([
  'postgres://user:my secret@host/db',
  'postgres://user:se"cret@host/db',
  'user:secret@host',
  'smtp://user:two\nlines secret@host',
])('a possible URL with a password is not quoted: %j', (value) => {
  expect(redact(value)).toBe('"…"')
})
