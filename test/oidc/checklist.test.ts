import { expect, it } from 'vitest'
import { createChecklist } from './support/checklist.ts'

it('A checklist tells what it misses, and takes nothing that is not on it', () => {
  const { item, missing } = createChecklist(['one', 'two'])
  expect(missing()).toEqual(['one', 'two'])
  expect(() => item('three', async () => {})).toThrow('three is not on the list')
})
