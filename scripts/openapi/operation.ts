import type * as v from 'valibot'
import type * as responses from './responses.ts'

/** The name of a schema in `responses.ts`. */
export type ResponseName = keyof typeof responses

/** What a program can call. */
export interface Operation {
  readonly tag: Tag
  readonly summary: string
  /** Names of the query's parameters. */
  readonly query?: readonly string[]
  readonly headers?: readonly string[]
  /** What is sent, as JSON unless it is a form. */
  readonly body?: v.GenericSchema
  readonly form?: true
  /** By status: what is answered as JSON; `null` for no content. */
  readonly answers: Readonly<Record<number, ResponseName | null>>
  /** Whether events are streamed for `Accept: text/event-stream`. */
  readonly stream?: true
  /** Status codes of problems, beside those that each operation of the tag may have. */
  readonly problems?: readonly number[]
}

export const TAGS = {
  sign_in: 'Registration, sign-in and mailed links',
  account: 'The account of the user whose cookies are sent',
  administration: 'Users, groups, apps, invitations and the audit log: staff read, superusers write',
  apps: 'What the middleware asks for',
} as const
export type Tag = keyof typeof TAGS

/** Operations by method and path as OpenAPI writes them. */
export type Operations = Readonly<Record<string, Operation>>
