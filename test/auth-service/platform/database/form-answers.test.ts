import { beforeEach, expect, it, vi } from 'vitest'
import { KEPT, MOST_WAITING } from '../../../../auth-service/src/platform/database/form-answers.ts'
import { eventually } from '../../../support/eventually.ts'
import { onBothDatabases } from '../../support/services.ts'

/** Whether to skip the pauses between two polls. */
const pauses = vi.hoisted(() => ({ skipped: false }))
vi.mock('node:timers/promises', async (original) => {
  const timers = await original<typeof import('node:timers/promises')>()
  const setTimeout = (ms: number) => timers.setTimeout(pauses.skipped ? 0 : ms)
  return { ...timers, setTimeout, default: { ...timers, setTimeout } }
})
beforeEach(() => {
  pauses.skipped = false
})

onBothDatabases('A form that is sent very often at once', (open) => {
  it('has a limited number of requests waiting for its answer, and handles the others itself', async () => {
    const { formAnswers } = await open()
    const first = await formAnswers.take('form')
    const alone: Awaited<ReturnType<typeof formAnswers.take>>[] = []
    const answers: string[] = []
    const all = Array.from({ length: MOST_WAITING + 3 }, async () => {
      const place = await formAnswers.take('form')
      if (place.isFirst) alone.push(place)
      else answers.push(place.answer)
    })
    await eventually(() => expect(alone).toHaveLength(3))
    // Their result changes nothing for the waiting requests.
    for (const place of alone) {
      if (!place.isFirst) continue
      await place.keep('of another one')
      await place.giveUp()
    }
    if (first.isFirst) await first.keep('the answer')
    await Promise.all(all)
    expect(alone).toHaveLength(3)
    expect(answers).toEqual(Array(MOST_WAITING).fill('the answer'))
  })

  it('accepts waiting requests again once the first ones are answered', async () => {
    const { formAnswers } = await open()
    for (const name of ['one', 'other']) {
      const first = await formAnswers.take(name)
      const second = formAnswers.take(name)
      if (first.isFirst) await first.keep(`answer to ${name}`)
      expect(await second).toEqual({ isFirst: false, answer: `answer to ${name}` })
    }
  })

  it('is handled by a waiting request if the first one fails', async () => {
    const { formAnswers } = await open()
    const first = await formAnswers.take('form')
    const second = formAnswers.take('form')
    if (first.isFirst) await first.giveUp()
    expect(await second).toMatchObject({ isFirst: true })
  })
})

onBothDatabases('A form that takes longer than answers are kept', (open) => {
  /** The first submission, whose claim has expired, and the second, which is handled as well. */
  async function openBoth() {
    const service = await open()
    const { formAnswers } = service
    const first = await formAnswers.take('form')
    service.wait(KEPT + 1)
    const second = await formAnswers.take('form')
    if (!first.isFirst || !second.isFirst) throw new Error('One of them was not handled.')
    return { service, formAnswers, first, second }
  }

  it("and then fails leaves its successor's claim alone", async () => {
    const { formAnswers, first, second } = await openBoth()
    await first.giveUp()
    const third = formAnswers.take('form')
    await second.keep('the answer')
    expect(await third).toEqual({ isFirst: false, answer: 'the answer' })
    await first.giveUp()
    expect(await formAnswers.take('form')).toEqual({ isFirst: false, answer: 'the answer' })
  })

  it('and then succeeds keeps its answer, even if its successor fails', async () => {
    const { formAnswers, first, second } = await openBoth()
    await first.keep('the answer')
    await second.giveUp()
    expect(await formAnswers.take('form')).toEqual({ isFirst: false, answer: 'the answer' })
  })

  it('keeps its answer after its claim was deleted', async () => {
    const service = await open()
    const first = await service.formAnswers.take('form')
    service.wait(KEPT + 1)
    expect(await service.formAnswers.deleteExpired()).toBe(1)
    if (first.isFirst) await first.keep('the answer')
    expect(await service.formAnswers.take('form')).toEqual({ isFirst: false, answer: 'the answer' })
  })

  it('keeps its claim when another waiting request is handled and fails', async () => {
    const { formAnswers } = await open()
    const first = await formAnswers.take('form')
    pauses.skipped = true
    const impatient = await formAnswers.take('form')
    pauses.skipped = false
    if (!impatient.isFirst) throw new Error('It was not handled.')
    await impatient.giveUp()
    const third = formAnswers.take('form')
    if (first.isFirst) await first.keep('the answer')
    expect(await third).toEqual({ isFirst: false, answer: 'the answer' })
  })
})
