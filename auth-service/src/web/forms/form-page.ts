import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Words } from '../../platform/i18n/message.ts'
import { invalid, refusal, refuse } from '../components/error-page.tsx'
import { returningTo } from '../middleware/accept-language.ts'
import { type Changed, changedProblem } from './stale-form.ts'
import { type Forms, isOutdated, type Submission } from './submission.ts'

type Fields = Submission['fields']
type Answer = Response | Promise<Response>

/** What is wrong with which field of a form, in sentences; `form` is about all of it. */
export type Errors = Readonly<Record<string, Words | undefined>>

/** What to say on a page whose form was not taken. */
export interface Problems {
  readonly errors?: Errors
  /** What others have changed since the page was opened. */
  readonly changed?: Changed
}

/** A component that says what is wrong. */
export interface WithErrors {
  readonly errors?: Errors | undefined
}

/** A page with one form or several. `Values` is what the page is about, and what was typed into it. */
export interface FormPage<C extends Context, Values> {
  /** Reads the values from a submission; a response where there is no such page. */
  values(c: C, fields: Fields): Values | Response | Promise<Values | Response>
  /** Path and query of the page, to come back to in another language. Default: where the form was. */
  address?(c: C, values: Values): string
  /** Shows the page with these values: 403 with an outdated form, 409 with a stale one, 422 with errors. */
  show(c: C, status: ContentfulStatusCode, values: Values, problems: Problems): Answer
}

/** A form that was sent, or the same as JSON. */
export interface Sent<Values> {
  readonly fields: Fields
  /** Whether the answer is JSON. */
  readonly json: boolean
  readonly values: Values
}

/** What came of a form; a response says it in its own way. */
export type Outcome<Values> =
  | Response
  /** Nothing was done: the page comes again, with these values if they are others than were read. */
  | (Problems & { readonly values?: Values })
  | Done

interface Done {
  /** Where the browser goes on. */
  readonly to: string
  /** What a program gets. Default: nothing, with status 204. */
  readonly body?: object
  /** Status of that answer. Default: 200. */
  readonly status?: 200 | 201 | 202
}

/** Makes the handler of a page's forms, for what one of them does. */
export type OnSubmit<C extends Context, Values> = (
  submit: (c: C, sent: Sent<Values>) => Outcome<Values> | Promise<Outcome<Values>>,
) => (c: C) => Promise<Response>

export type FormPages = <C extends Context, Values>(page: FormPage<C, Values>) => OnSubmit<C, Values>

/**
 * The way of every form: it is read and checked, an outdated one is shown again with a new token, all else that can't be
 * taken is refused, and then the page does what it is for. Browsers are redirected after that (303), programs get JSON.
 */
export const createFormPages =
  (forms: Pick<Forms, 'read'>): FormPages =>
  (page) =>
  (submit) =>
  async (c) => {
    const { fields, refused, json } = await forms.read(c)
    const values = await page.values(c, fields)
    if (values instanceof Response) return values
    if (page.address) returningTo(c, page.address(c, values))
    if (isOutdated(refused) && !json) {
      return page.show(c, 403, values, { errors: { form: refusal(refused).detail } })
    }
    if (refused) return refuse(c, refused)

    const outcome = await submit(c, { fields, json, values })
    if (outcome instanceof Response) return outcome
    if ('to' in outcome) return json ? told(c, outcome) : c.redirect(outcome.to, 303)
    const { errors = {}, changed } = outcome
    if (json) return changed ? changedProblem(changed) : invalid(422, errors)
    return page.show(c, changed ? 409 : 422, outcome.values ?? values, outcome)
  }

const told = (c: Context, { body, status = 200 }: Done): Response =>
  body === undefined ? c.body(null, 204) : c.json(body, status)
