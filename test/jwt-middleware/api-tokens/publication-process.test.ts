import { definePermissions } from '@latchkey/jwt-middleware'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { permissionsInput } from '../../../auth-service/src/apps/permission-input.ts'
import { readInput } from '../../../auth-service/src/platform/validation/input.ts'
import { MAX_BODY } from '../../../auth-service/src/web/forms/body.ts'
import { createClientCredentials } from '../../../jwt-middleware/src/api-tokens/client-credentials.ts'
import { createPublication } from '../../../jwt-middleware/src/api-tokens/publication-process.ts'
import { PERMISSION_LIMITS, permissionsBody } from '../../../jwt-middleware/src/contract/permission-limits.ts'
import type { Permission } from '../../../jwt-middleware/src/users/permissions.ts'
import { recordingLogger } from '../../support/tokens.ts'

const { list } = definePermissions({ 'cards.read': ['team'] })
const HOUR = 3_600_000

describe('An app that publishes its permissions', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  async function publish(answer: () => Response | Promise<Response>) {
    const log = recordingLogger()
    let asked = 0
    const publication = createPublication({
      url: 'http://auth.example.com/permissions',
      credentials: createClientCredentials({ clientId: 'a', clientSecret: 'b', now: Date.now, log }),
      fetch: async () => {
        asked++
        return answer()
      },
      log,
    })
    publication.start(list)
    await vi.advanceTimersByTimeAsync(HOUR)
    publication.close()
    return { asked, log }
  }

  it.each([400, 413, 415, 422])('gives up with one line if its list is refused: %d', async (status) => {
    const { asked, log } = await publish(() => Response.json({ status }, { status }))
    expect(asked).toBe(1)
    expect(log.warnings).toEqual([expect.stringMatching(/publication_refused.*definePermissions\(\)/)])
    expect(log.warnings.join()).not.toContain('AUTH_INTERNAL_URL')
  })

  it('tries again without a further line while its credentials are refused', async () => {
    const { asked, log } = await publish(() => Response.json({ error: 'invalid_client' }, { status: 401 }))
    expect(asked).toBeGreaterThan(10)
    expect(log.warnings).toEqual([expect.stringMatching(/client_rejected.*rotate-secret/)])
  })

  it.each([404, 429, 500, 503])('tries again while something else is wrong: %d', async (status) => {
    const { asked, log } = await publish(() => new Response(null, { status }))
    expect(asked).toBeGreaterThan(10)
    expect(log.warnings.join()).toContain('publication_failed')
  })
})

describe('The limits of permissions', () => {
  const isTaken = (permissions: readonly Permission[]): boolean =>
    Buffer.byteLength(permissionsBody(permissions)) <= MAX_BODY &&
    readInput(permissionsInput, { permissions } as never).ok

  const define = (definitions: Record<string, unknown>): readonly Permission[] | null => {
    try {
      return definePermissions(definitions as never).list
    } catch {
      return null
    }
  }

  it.each<[string, Record<string, unknown>]>([
    ['a NUL in a description', { a: { groups: [], description: 'x\0' } }],
    ['half of a character in a description', { a: { groups: [], description: '\ud83d' } }],
    ['a NUL in a group', { a: ['x\0'] }],
    ['201 groups', { a: Array.from({ length: 201 }, (_, i) => `g${i}`) }],
    ['201 permissions', Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`p${i}`, []]))],
    [
      '200 long descriptions',
      Object.fromEntries(
        Array.from({ length: 200 }, (_, i) => [`p${i}`, { groups: [], description: 'x'.repeat(300) }]),
      ),
    ],
  ])('refuse %s as the app starts, since the auth service would', (_, definitions) => {
    expect(() => definePermissions(definitions as never)).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    )
  })

  it('are those of the auth service: it takes all that definePermissions() takes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 320 })
    const name = fc.oneof(fc.stringMatching(PERMISSION_LIMITS.name), fc.string({ maxLength: 8 }))
    const definition = fc.record(
      {
        groups: fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
        description: text,
        path: fc.webPath(),
      },
      { requiredKeys: ['groups'] },
    )
    let taken = 0
    fc.assert(
      fc.property(fc.dictionary(name, definition, { maxKeys: 4 }), (definitions) => {
        const permissions = define(definitions)
        if (permissions === null) return true
        taken++
        return isTaken(permissions)
      }),
    )
    expect(taken).toBeGreaterThan(5)
    const many = (length: number) =>
      define(
        Object.fromEntries(
          Array.from({ length: 200 }, (_, i) => [`p${i}`, { groups: [], description: 'ß'.repeat(length) }]),
        ),
      )
    const longest = Array.from({ length: 301 }, (_, length) => length).findLast((length) => many(length))
    expect(longest).toBeGreaterThan(100)
    expect(isTaken(many(longest as number) ?? [])).toBe(true)
    expect(isTaken(Array(201).fill({ name: 'a', groups: [], description: '' }))).toBe(false)
  })
})
