import { expect, it } from 'vitest'
import { MOST_WAITING } from '../../../../auth-service/src/platform/database/form-answers.ts'
import { eventually } from '../../../support/eventually.ts'
import { onBothDatabases } from '../../support/services.ts'

onBothDatabases('a form that is sent very often at once', (open) => {
  it('has so many wait for its answer, and handles the others by themselves', async () => {
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
    // What becomes of them changes nothing for those who wait.
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

  it('has others wait again once these are answered', async () => {
    const { formAnswers } = await open()
    for (const name of ['one', 'other']) {
      const first = await formAnswers.take(name)
      const second = formAnswers.take(name)
      if (first.isFirst) await first.keep(`answer to ${name}`)
      expect(await second).toEqual({ isFirst: false, answer: `answer to ${name}` })
    }
  })

  it('is handled by who waits, where the first one gave up', async () => {
    const { formAnswers } = await open()
    const first = await formAnswers.take('form')
    const second = formAnswers.take('form')
    if (first.isFirst) await first.giveUp()
    expect(await second).toMatchObject({ isFirst: true })
  })
})
