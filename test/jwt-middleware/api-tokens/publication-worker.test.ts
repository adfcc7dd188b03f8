import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClientCredentials } from '../../../jwt-middleware/src/api-tokens/client-credentials.ts'
import { createPublication } from '../../../jwt-middleware/src/api-tokens/publication-worker.ts'
import { recordingLogger } from '../../support/tokens.ts'

const LIST = [{ name: 'cards.read', groups: ['team'], description: '' }]

describe('A worker that publishes its permissions', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 }))
  afterEach(() => vi.useRealTimers())

  function open(answer: () => Response | Promise<Response>) {
    const state = { answer, asked: 0 }
    const log = recordingLogger()
    const publication = createPublication({
      url: 'http://auth.example.com/permissions',
      credentials: createClientCredentials({ clientId: 'a', clientSecret: 'b', now: Date.now, log }),
      fetch: async () => {
        state.asked++
        return state.answer()
      },
      log,
    })
    return { publication, state, log }
  }

  it('does so in a request, once', async () => {
    const { publication, state } = open(() => new Response(null, { status: 204 }))
    expect(publication.attend()).toBeNull()
    publication.start(LIST)
    expect(state.asked).toBe(0)
    await publication.attend()
    expect([publication.attend(), state.asked]).toEqual([null, 1])
  })

  it('leaves it to a later request while the auth service is down, with growing pauses', async () => {
    const { publication, state, log } = open(() => new Response(null, { status: 503 }))
    publication.start(LIST)
    const first = publication.attend()
    expect(publication.attend(), 'one at a time').toBeNull()
    await first
    for (let minute = 0; minute < 10; minute++) {
      vi.setSystemTime(Date.now() + 60_000)
      await publication.attend()
    }
    expect(state.asked).toBeGreaterThan(6)
    expect(state.asked).toBeLessThan(11)
    expect(log.warnings.join()).toContain('publication_failed')
    state.answer = () => new Response(null, { status: 204 })
    vi.setSystemTime(Date.now() + 600_000)
    await publication.attend()
    vi.setSystemTime(Date.now() + 600_000)
    expect(publication.attend()).toBeNull()
  })

  it('stops when it is closed', () => {
    const { publication } = open(() => new Response(null, { status: 204 }))
    publication.start(LIST)
    publication.close()
    expect(publication.attend()).toBeNull()
  })
})
