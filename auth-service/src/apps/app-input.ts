import { failure, type Result, readOrigin, success } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { type Message, message } from '../platform/i18n/message.ts'
import { readInput, says, type Typed } from '../platform/validation/input.ts'
import { isStorable } from '../platform/validation/storable-text.ts'
import { cleanedName } from '../platform/validation/validators.ts'
import { tokenScopes } from './token-scopes.ts'

/** The description of an app. */
export interface AppFacts {
  readonly name: string
  /** Origins allowed in `next`; at least one. */
  readonly origins: readonly string[]
  /** Absolute URL at one of them, the target of its tile. */
  readonly startUrl: string
  /** A few letters or an emoji. */
  readonly icon: string
  /** Permissions that tokens of the app itself may have; `*` for all. */
  readonly tokenScopes: readonly string[]
}

/** Unvalidated input: `origins` as a list, or as text with white space between. */
export type AppInput = Typed<ReturnType<typeof appInput>>

/** Error messages by field, for the administrator. */
export type AppErrors = Partial<Record<keyof AppInput, Message>>

export type AppResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errors: AppErrors }

/** Nothing was changed, for these reasons. */
export const unfit = (errors: AppErrors) => ({ ok: false, errors }) as const

const MAX_NAME = 60
const MAX_ORIGINS = 20
const MAX_URL = 2048
/** Longest icon in visible characters, and in UTF-16 units: a family of four is one, and eleven. */
const MAX_SIGNS = 3
const MAX_ICON = 40

const signs = new Intl.Segmenter('en', { granularity: 'grapheme' })
const signsOf = (text: string): string[] => [...signs.segment(text)].map(({ segment }) => segment)

const ENTER_NAME = message('Enter a name.')
const ICON = message('Use up to three letters or one emoji, or leave this empty.')

const appName = v.pipe(
  v.string(says(ENTER_NAME)),
  v.metadata({ minLength: 1, maxLength: MAX_NAME }),
  v.check((name) => cleanedName(name) !== '', says(ENTER_NAME)),
  v.check(
    (name) => isStorable(name) && !/\p{Cc}/u.test(name),
    says(message('This name contains characters that are not allowed.')),
  ),
  v.transform(cleanedName),
  v.check(
    (name) => [...name].length <= MAX_NAME,
    says(message('Use at most {count} {count:character|characters}.', { count: MAX_NAME })),
  ),
)

const icon = v.pipe(
  v.string(says(ICON)),
  v.metadata({ maxLength: MAX_ICON }),
  v.transform(cleanedName),
  v.check(
    (typed) =>
      isStorable(typed) &&
      typed.length <= MAX_ICON &&
      signsOf(typed).length <= MAX_SIGNS &&
      !/[\p{Cc}\p{Z}]/u.test(typed),
    says(ICON),
  ),
)

const originList = (httpsOnly: boolean) =>
  v.pipe(
    v.any(),
    v.metadata({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string', format: 'uri' } }] }),
    v.rawTransform<unknown, readonly string[]>(({ dataset, addIssue, NEVER }) => {
      const read = readOrigins(dataset.value, httpsOnly)
      if (read.ok) return read.value
      addIssue({ message: says(read.reason) })
      return NEVER
    }),
  )

/** The input that describes an app; `httpsOnly` if the auth service uses https. */
export const appInput = (httpsOnly: boolean) =>
  v.pipe(
    v.object({
      name: appName,
      origins: originList(httpsOnly),
      start_url: v.pipe(v.optional(v.any(), ''), v.metadata({ type: 'string', maxLength: MAX_URL })),
      icon: v.optional(icon, ''),
      token_scopes: v.optional(tokenScopes, ''),
    }),
    v.forward(
      v.partialCheck(
        [['origins'], ['start_url']],
        ({ origins, start_url: start }) => startUrl(start, origins) !== null,
        ({ input }) =>
          says(
            message('Enter an address at one of the origins ({origins}), or leave this empty.', {
              origins: input.origins.join(', '),
            }),
          ),
      ),
      ['start_url'],
    ),
    v.transform(
      ({ name, origins, start_url: start, icon, token_scopes: scopes }): AppFacts => ({
        name,
        origins,
        startUrl: startUrl(start, origins) as string,
        icon: icon || (signsOf(name)[0]?.toUpperCase() ?? ''),
        tokenScopes: scopes,
      }),
    ),
  )

/** Validates the description of an app. */
export const readApp = (input: AppInput, httpsOnly: boolean): AppResult<AppFacts> =>
  readInput(appInput(httpsOnly), input)

function readOrigins(value: unknown, httpsOnly: boolean): Result<readonly string[], Message> {
  const given = typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : value
  if (!Array.isArray(given) || given.length === 0) {
    return failure(message('Enter at least one origin, e.g. https://app1.example.com.'))
  }
  if (given.length > MAX_ORIGINS)
    return failure(message('Enter at most {count} {count:origin|origins}.', { count: MAX_ORIGINS }))
  const origins = new Set<string>()
  for (const one of given) {
    // Printable ASCII only, like every next.
    if (typeof one !== 'string' || !/^[!-~]{1,300}$/.test(one)) return failure(NO_ORIGIN)
    const origin = readOrigin(one, one)
    if (!origin.ok) {
      return failure(
        message('“{origin}” is not an origin. Write it like https://app1.example.com.', { origin: one }),
      )
    }
    if (httpsOnly && !origin.value.startsWith('https:')) {
      return failure(
        message('{origin} is not https, but this service is. Use an https origin.', {
          origin: origin.value,
        }),
      )
    }
    origins.add(origin.value)
  }
  return success([...origins])
}

const NO_ORIGIN = message('Enter origins like https://app1.example.com, separated by spaces.')

/** The target of the tile: the first origin by default. `null` for a URL at none of them. */
function startUrl(typed: unknown, origins: readonly string[]): string | null {
  if (typed === '') return `${origins[0]}/`
  if (typeof typed !== 'string' || !/^[!-~]+$/.test(typed) || !URL.canParse(typed)) return null
  const url = new URL(typed)
  const isPlain = url.username === '' && url.password === '' && url.href.length <= MAX_URL
  return isPlain && origins.includes(url.origin) ? url.href : null
}
