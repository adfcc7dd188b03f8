import type { Context } from 'hono'
import type { Flow } from '../../accounts/one-time-tokens.ts'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import { createEncryption } from '../../platform/crypto/encryption.ts'

type Fields = Readonly<Record<string, unknown>>

/** A form that waits until the user has confirmed their identity. */
export interface CarriedForm {
  /** Path that the form was sent to. */
  readonly path: string
  readonly fields: Fields
  /** The code that was emailed meanwhile. */
  readonly flow: Flow | null
}

/** Encrypts a form into a hidden field of the confirmation page, for the user who sent it. */
export interface FormCarrier {
  seal(user: { readonly uuid: string }, form: CarriedForm): string
  /** The form, if this user sent it; `null` for anything else. */
  open(user: { readonly uuid: string }, sealed: unknown): CarriedForm | null
}

export function createFormCarrier(config: Secrets): FormCarrier {
  const encryption = createEncryption(config, 'carriedForm')
  return {
    seal: ({ uuid }, form) => encryption.encrypt(Buffer.from(JSON.stringify(form)), uuid),
    open({ uuid }, sealed) {
      const opened = typeof sealed === 'string' ? encryption.decrypt(sealed, uuid) : null
      return opened && (JSON.parse(opened.toString()) as CarriedForm)
    },
  }
}

/** Where a request that continues has the fields of a waiting form. */
export const CARRIED = 'carriedForm'

/** Makes the handlers of a request read these fields of a waiting form instead of the body. */
export const carryOn = (c: Context, fields: Fields): void => c.set(CARRIED, fields)

const KEPT = 'keptForm'

/** Makes the page's language switch keep this form. */
export const keepForm = (c: Context, sealed: string): void => c.set(KEPT, sealed)

/** The form that the page keeps, if any. */
export const keptForm = (c: Context): string | null => c.get(KEPT) ?? null
