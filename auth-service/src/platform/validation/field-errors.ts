import type { Words } from '../i18n/message.ts'

/** What is wrong with which field, in sentences for the person who filled it in. */
export type FieldErrors = Partial<
  Record<
    | 'email'
    | 'password'
    | 'current_password'
    | 'code'
    | 'first_name'
    | 'last_name'
    | 'remember'
    | 'keep'
    | 'form',
    Words
  >
>

/** What was filled in can't be taken, and why. */
export const refused = (errors: FieldErrors) => ({ ok: false, errors }) as const

/** Whether something was typed into a field. */
export const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** What there is to say of these fields; nothing is said of those that are well. */
export function withoutBlanks<Name extends string>(
  errors: Readonly<Partial<Record<Name, Words | undefined>>>,
): Partial<Record<Name, Words>> {
  return Object.fromEntries(
    Object.entries(errors).filter(([, sentence]) => sentence !== undefined),
  ) as Partial<Record<Name, Words>>
}
