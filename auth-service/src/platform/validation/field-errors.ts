import type { Message } from '../i18n/message.ts'

/** Messages per field for the user who filled them in. */
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
    Message
  >
>

/** The input was rejected, with reasons. */
export const refused = (errors: FieldErrors) => ({ ok: false, errors }) as const

/** Whether a field has text. */
export const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** The messages for these fields, omitting valid ones. */
export function withoutBlanks<Name extends string>(
  errors: Readonly<Partial<Record<Name, Message | undefined>>>,
): Partial<Record<Name, Message>> {
  return Object.fromEntries(
    Object.entries(errors).filter(([, sentence]) => sentence !== undefined),
  ) as Partial<Record<Name, Message>>
}
