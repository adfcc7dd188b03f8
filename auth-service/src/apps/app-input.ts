import { failure, type Result, readOrigin, success } from '@latchkey/jwt-middleware/contract'
import { message, type Words } from '../platform/i18n/message.ts'
import { cleanedName, isStorable } from '../platform/validation/validators.ts'

/** What an app is described by. */
export interface AppFacts {
  readonly name: string
  /** Origins that `next` may lead to; one at least. */
  readonly origins: readonly string[]
  /** Absolute URL at one of them, where its tile leads. */
  readonly startUrl: string
  /** A few letters or an emoji. */
  readonly icon: string
}

/** As it came, of any type: `origins` as a list, or as text with white space in between. */
export interface AppInput {
  readonly name?: unknown
  readonly origins?: unknown
  readonly start_url?: unknown
  readonly icon?: unknown
}

/** What is wrong with which field, in sentences for who filled it in. */
export type AppErrors = Partial<Record<keyof AppInput, Words>>

export type AppResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errors: AppErrors }

/** Nothing was done, for these reasons. */
export const unfit = (errors: AppErrors) => ({ ok: false, errors }) as const

const MAX_NAME = 60
const MAX_ORIGINS = 20
const MAX_URL = 2048
/** Longest icon in characters as people count them, and in UTF-16: a family of four is one, and eleven. */
const MAX_SIGNS = 3
const MAX_ICON = 40

const signs = new Intl.Segmenter('en', { granularity: 'grapheme' })
const signsOf = (text: string): string[] => [...signs.segment(text)].map(({ segment }) => segment)

/** Reads what an app is to be described by; `httpsOnly` where the auth service is reached over https. */
export function readApp(input: AppInput, httpsOnly: boolean): AppResult<AppFacts> {
  const { name, start_url: start = '', icon = '' } = input
  const origins = readOrigins(input.origins, httpsOnly)
  const startUrl = origins.ok ? readStart(start, origins.value) : success('')
  const errors: AppErrors = {
    ...problem('name', nameProblem(name)),
    ...problem('origins', origins.ok ? undefined : origins.reason),
    ...problem('start_url', startUrl.ok ? undefined : startUrl.reason),
    ...problem('icon', iconProblem(icon)),
  }
  if (Object.keys(errors).length > 0 || !origins.ok || !startUrl.ok) return unfit(errors)
  const trimmed = cleanedName(name as string)
  return success({
    name: trimmed,
    origins: origins.value,
    startUrl: startUrl.value,
    icon: cleanedName(icon as string) || (signsOf(trimmed)[0]?.toUpperCase() ?? ''),
  })
}

const problem = (field: keyof AppInput, sentence: Words | undefined): AppErrors =>
  sentence === undefined ? {} : { [field]: sentence }

function nameProblem(value: unknown): Words | undefined {
  if (typeof value !== 'string' || cleanedName(value) === '') return message('Enter a name.')
  if (!isStorable(value) || /\p{Cc}/u.test(value)) {
    return message('This name has characters that can not be used.')
  }
  return [...cleanedName(value)].length > MAX_NAME
    ? message('Use at most {count} characters.', { count: MAX_NAME })
    : undefined
}

function iconProblem(value: unknown): Words | undefined {
  const sentence = message('Use up to three letters, or one emoji; or leave this empty.')
  if (typeof value !== 'string') return sentence
  const icon = cleanedName(value)
  const fits = isStorable(icon) && icon.length <= MAX_ICON && signsOf(icon).length <= MAX_SIGNS
  return fits && !/[\p{Cc}\p{Z}]/u.test(icon) ? undefined : sentence
}

function readOrigins(value: unknown, httpsOnly: boolean): Result<readonly string[], Words> {
  const given = typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : value
  if (!Array.isArray(given) || given.length === 0) {
    return failure(message('Enter at least one origin, e.g. https://app1.example.com.'))
  }
  if (given.length > MAX_ORIGINS)
    return failure(message('Enter at most {count} origins.', { count: MAX_ORIGINS }))
  const origins = new Set<string>()
  for (const one of given) {
    // Printable ASCII alone, like every next.
    if (typeof one !== 'string' || !/^[!-~]{1,300}$/.test(one)) return failure(NO_ORIGIN)
    const origin = readOrigin(one, one)
    if (!origin.ok) {
      return failure(
        message('“{origin}” is no origin: write it like https://app1.example.com.', { origin: one }),
      )
    }
    if (httpsOnly && !origin.value.startsWith('https:')) {
      return failure(
        message('{origin} is not https, and this service is. Nobody would be sent there.', {
          origin: origin.value,
        }),
      )
    }
    origins.add(origin.value)
  }
  return success([...origins])
}

const NO_ORIGIN = message('Enter origins like https://app1.example.com, with spaces in between.')

function readStart(value: unknown, origins: readonly string[]): Result<string, Words> {
  if (value === '') return success(`${origins[0]}/`)
  const refused = failure(
    message('Enter an address at one of the origins ({origins}), or leave this empty.', {
      origins: origins.join(', '),
    }),
  )
  if (typeof value !== 'string' || !/^[!-~]+$/.test(value) || !URL.canParse(value)) return refused
  const url = new URL(value)
  const isPlain = url.username === '' && url.password === '' && url.href.length <= MAX_URL
  return isPlain && origins.includes(url.origin) ? success(url.href) : refused
}
