import type { Context } from 'hono'
import type { Flow } from '../../accounts/one-time-tokens.ts'
import type { Secrets } from '../../platform/crypto/derive-key.ts'
import { createEncryption } from '../../platform/crypto/encryption.ts'

type Fields = Readonly<Record<string, unknown>>

/** A form that waits until the person has confirmed who they are. */
export interface CarriedForm {
  /** Path that the form was sent to. */
  readonly path: string
  readonly fields: Fields
  /** The code that was mailed meanwhile. */
  readonly flow: Flow | null
}

/** Seals a form into a hidden field of the page in between, for the person who sent it. */
export interface FormCarrier {
  seal(person: { readonly uuid: string }, form: CarriedForm): string
  /** The form, if this person sent it; `null` for anything else. */
  open(person: { readonly uuid: string }, sealed: unknown): CarriedForm | null
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

const CARRIED = 'carriedForm'

/** Has the handlers of a request read these fields instead of what was sent: a form that waited. */
export const carryOn = (c: Context, fields: Fields): void => c.set(CARRIED, fields)

/** The fields of a form that waited, where this request goes on with one. */
export const carriedFields = (c: Context): Fields | undefined => c.get(CARRIED)

const KEPT = 'keptForm'

/** Has the language switch of the page that is shown keep this form. */
export const keepForm = (c: Context, sealed: string): void => c.set(KEPT, sealed)

/** The form that the page keeps, if there is one. */
export const keptForm = (c: Context): string | null => c.get(KEPT) ?? null
