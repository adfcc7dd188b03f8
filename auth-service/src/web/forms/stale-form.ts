import { problemResponse } from '@latchkey/jwt-middleware/contract'
import { message } from '../../platform/i18n/message.ts'
import type { Submission } from './submission.ts'

/** Values that a form showed when its page was made, by field. */
export type Shown = Readonly<Record<string, unknown>>

/** What was changed by others since a page was made, by field: as the page showed it, and as it is now. */
export interface Changed {
  readonly before: Shown
  readonly after: Shown
}

/**
 * What a form showed, from its hidden field `shown`. A program may send the same as a member of its JSON: then its
 * request is refused where a value is another one by now. `{}` where nothing was sent.
 */
export function shownIn({ shown }: Submission['fields']): Shown {
  const value = typeof shown === 'string' ? parsed(shown) : shown
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Shown) : {}
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What was changed since, of the fields that were shown; `null` for nothing. */
export function changedSince(shown: Shown, now: Shown): Changed | null {
  const fields = Object.keys(shown).filter(
    (field) => shown[field] !== undefined && Object.hasOwn(now, field) && shown[field] !== now[field],
  )
  if (fields.length === 0) return null
  const pick = (values: Shown) => Object.fromEntries(fields.map((field) => [field, values[field]]))
  return { before: pick(shown), after: pick(now) }
}

/** Which of these fields were sent, with another value than the form showed. */
export const editedIn = <Field extends string>(
  fields: Submission['fields'],
  shown: Shown,
  names: readonly Field[],
): Field[] => names.filter((name) => fields[name] !== undefined && fields[name] !== shown[name])

const TITLE = message('Changed meanwhile')
/** What people and programs are told of it. */
export const CHANGED = message('Somebody else changed this after the page was opened. Nothing was saved.')

/** Tells a program that it goes by old values, with those of now. */
export const changedProblem = ({ after }: Changed): Response =>
  problemResponse({ status: 409, title: TITLE, detail: CHANGED, now: after })
