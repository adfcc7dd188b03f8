import { message } from '../../platform/i18n/message.ts'
import { problem } from '../problems.ts'
import type { Submission } from './submission.ts'

/** The values that a form showed when its page was created, by field. */
export type Shown = Readonly<Record<string, unknown>>

/** What others changed since a page was created, by field: the shown value, and the current one. */
export interface Changed {
  readonly before: Shown
  readonly after: Shown
}

/**
 * The values that a form showed, from its hidden field `shown`. A program may send the same in its JSON: then its
 * request is rejected if a value has changed. `{}` if nothing was sent.
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

/** Which of the shown fields have changed; `null` for none. */
export function changedSince(shown: Shown, now: Shown): Changed | null {
  const fields = Object.keys(shown).filter(
    (field) => shown[field] !== undefined && Object.hasOwn(now, field) && shown[field] !== now[field],
  )
  if (fields.length === 0) return null
  const pick = (values: Shown) => Object.fromEntries(fields.map((field) => [field, values[field]]))
  return { before: pick(shown), after: pick(now) }
}

/** Which of these fields were sent with another value than shown. */
export const editedIn = <Field extends string>(
  fields: Submission['fields'],
  shown: Shown,
  names: readonly Field[],
): Field[] => names.filter((name) => fields[name] !== undefined && fields[name] !== shown[name])

const TITLE = message('Changed in the meantime')
/** The message for users and programs. */
export const CHANGED = message('Someone else changed this after you opened the page. Nothing was saved.')

/** Tells a program that its expected values are outdated, with the current ones. */
export const changedProblem = ({ after }: Changed): Response =>
  problem('changed_meanwhile', { title: TITLE, detail: CHANGED, now: after })
