import * as v from 'valibot'
import { durationOf } from '../../platform/i18n/duration.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import { says, type Typed } from '../../platform/validation/input.ts'
import { isStorable } from '../../platform/validation/storable-text.ts'
import { cleanedName } from '../../platform/validation/validators.ts'

/** Longest name of a token in characters. */
const MAX_NAME = 60
const DAY = 86_400

/** How long a token can live, if it does not end on a date: in seconds, `null` without an end. */
export const TOKEN_LIFETIMES = {
  '30d': 30 * DAY,
  '90d': 90 * DAY,
  '1y': 365 * DAY,
  never: null,
} as const satisfies Readonly<Record<string, number | null>>

/** Unvalidated input. */
export type ApiTokenInput = Typed<ReturnType<typeof apiTokenInput>>

/** A valid description of a token. */
export interface ApiTokenFacts {
  readonly name: string
  /** Names of the apps; `null` for all. */
  readonly apps: readonly string[] | null
  readonly scopes: readonly string[]
  /** In seconds; `null`: never. */
  readonly expiresAt: number | null
}

const ENTER_NAME = message('Enter a name.')
const CHOOSE_APPS = message('Choose at least one app.')

const list = (words: Message) =>
  v.pipe(
    v.array(v.string(), says(words)),
    v.transform((all) => [...new Set(all)]),
  )

/** The lifetime of a token for which none was chosen, in seconds, unless the operator allows only a shorter one. */
export const USUAL_LIFETIME = TOKEN_LIFETIMES['90d']

/** Describes a token; `now`, the longest lifetime that the operator allows, and the usual one in seconds. */
export const apiTokenInput = (now: number, longest: number | null, usual: number = USUAL_LIFETIME) =>
  v.object({
    name: v.pipe(
      v.string(says(ENTER_NAME)),
      v.metadata({ minLength: 1, maxLength: MAX_NAME }),
      v.check((name) => isStorable(name) && cleanedName(name) !== '', says(ENTER_NAME)),
      v.transform((name) => cleanedName(name.replace(/\p{Cc}/gu, ' '))),
      v.check(
        (name) => [...name].length <= MAX_NAME,
        says(message('Use at most {count} {count:character|characters}.', { count: MAX_NAME })),
      ),
    ),
    apps: v.union(
      [
        v.pipe(
          v.literal('all'),
          v.transform(() => null),
        ),
        v.pipe(list(CHOOSE_APPS), v.nonEmpty(says(CHOOSE_APPS))),
      ],
      says(CHOOSE_APPS),
    ),
    scopes: v.optional(list(message('Permissions must be a list of names.')), []),
    expires: v.pipe(
      v.optional(v.any(), () => undefined),
      v.metadata({ type: 'string' }),
      v.rawTransform<unknown, number | null>(({ dataset, addIssue, NEVER }) => {
        const end =
          dataset.value === undefined ? now + Math.min(usual, longest ?? usual) : endOf(dataset.value, now)
        if (end === undefined) {
          addIssue({
            message: says(
              message('Choose when the token expires: 30d, 90d, 1y, never, or a date like 2030-12-31.'),
            ),
          })
          return NEVER
        }
        if (end !== null && end <= now) {
          addIssue({ message: says(message('This date is in the past.')) })
          return NEVER
        }
        if (longest !== null && (end === null || end > now + longest)) {
          addIssue({
            message: says(
              message('Tokens live for at most {time} here. Choose an earlier date.', {
                time: durationOf(longest),
              }),
            ),
          })
          return NEVER
        }
        return end
      }),
    ),
  })

/** The end in seconds, `null` for never, and `undefined` for anything else. A token works on its last day. */
function endOf(typed: unknown, now: number): number | null | undefined {
  if (typeof typed !== 'string') return undefined
  if (Object.hasOwn(TOKEN_LIFETIMES, typed)) {
    const lifetime = TOKEN_LIFETIMES[typed as keyof typeof TOKEN_LIFETIMES]
    return lifetime === null ? null : now + lifetime
  }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(typed)) return undefined
  const start = Date.parse(`${typed}T00:00:00Z`)
  // Date.parse reads 2030-02-31 as a day of March.
  const isDay = Number.isFinite(start) && new Date(start).toISOString().startsWith(typed)
  return isDay ? start / 1000 + DAY : undefined
}
