import { expect, it } from 'vitest'
import { createLimitedLog } from '../../../jwt-middleware/src/contract/limited-log.ts'
import { recordingLogger } from '../../support/tokens.ts'

function limited() {
  const clock = { ms: 0 }
  const log = recordingLogger()
  return { clock, lines: log.warnings, warn: createLimitedLog(log, () => clock.ms) }
}

it('repeats a line at most once a minute, with the number of omitted ones', () => {
  const { clock, lines, warn } = limited()
  for (let i = 0; i < 1000; i++) warn({ event: 'refused', cause: 'next', host: 'a.example' }, 'refused')
  expect(lines).toEqual(['refused {"event":"refused","cause":"next","host":"a.example"}'])
  clock.ms = 60_000
  warn({ event: 'refused', cause: 'next', host: 'a.example' }, 'refused')
  expect(lines[1]).toBe('refused {"event":"refused","cause":"next","host":"a.example","suppressed":999}')
})

it('writes at most ten different lines of one kind a minute, for any input', () => {
  const { lines, warn } = limited()
  for (let i = 0; i < 1000; i++) warn({ event: 'refused', cause: 'next', host: `${i}.example` }, 'refused')
  expect(lines).toHaveLength(10)
})

it('a flood of one kind hides no line of another', () => {
  const { lines, warn } = limited()
  for (let i = 0; i < 1000; i++) warn({ event: 'refused', cause: 'next', host: `${i}.example` }, 'refused')
  warn({ event: 'refused', cause: 'origin', host: 'b.example' }, 'refused')
  warn({ event: 'other' }, 'other')
  expect(lines.slice(10)).toEqual([expect.stringContaining('"origin"'), 'other {"event":"other"}'])
})

it('remembers a limited number of kinds', () => {
  const { lines, warn } = limited()
  for (let i = 0; i < 101; i++) warn({ event: `event-${i}` }, 'refused')
  // The oldest was forgotten, the newest was not.
  warn({ event: 'event-0' }, 'refused')
  warn({ event: 'event-100' }, 'refused')
  expect(lines).toHaveLength(102)
})
