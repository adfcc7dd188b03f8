import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Message } from '../../platform/i18n/message.ts'
import { invalid, refusal, refuse } from '../components/error-page.tsx'
import { type Changed, changedProblem } from './stale-form.ts'
import { type Forms, isOutdated, type Submission } from './submission.ts'

type Fields = Submission['fields']
type Answer = Response | Promise<Response>

/** A form's errors by field, in sentences; `form` is about the whole form. */
export type Errors = Readonly<Record<string, Message | undefined>>

/** What a page says when its form was rejected. */
export interface Problems {
  readonly errors?: Errors
  /** What others have changed since the page was opened. */
  readonly changed?: Changed
}

/** A component that shows the errors. */
export interface WithErrors {
  readonly errors?: Errors | undefined
}

/** A page with one form or several. `Values` are the page's subject, and the input. */
export interface FormPage<C extends Context, Values> {
  /** Reads the values from a submission; a response if the page does not exist. */
  values(c: C, fields: Fields): Values | Response | Promise<Values | Response>
  /** Path and query to return to in another language. Default: the form's page. */
  address?(c: C, values: Values): string
  /** Shows the page with these values: 403 with an expired form, 409 with a stale one, 422 with errors. */
  show(c: C, status: ContentfulStatusCode, values: Values, problems: Problems): Answer
}

/** A submitted form, or the same as JSON. */
export interface Sent<Values> {
  readonly fields: Fields
  /** Whether the response is JSON. */
  readonly json: boolean
  readonly values: Values
}

/** The result of a form; a response is returned as it is. */
export type Outcome<Values> =
  | Response
  /** Nothing was done: the page is shown again, with these values if they differ from the submitted ones. */
  | (Problems & { readonly values?: Values })
  | Done

interface Done {
  /** The target of the redirect. */
  readonly to: string
  /** The body for programs. Default: none, with status 204. */
  readonly body?: object
  /** Status of that body. Default: 200. */
  readonly status?: 200 | 201 | 202
}

/** Creates the handler of a page's form from its action. */
export type OnSubmit<C extends Context, Values> = (
  submit: (c: C, sent: Sent<Values>) => Outcome<Values> | Promise<Outcome<Values>>,
) => (c: C) => Promise<Response>

export type FormPages = <C extends Context, Values>(page: FormPage<C, Values>) => OnSubmit<C, Values>

/**
 * The protocol of every form: it is read and checked, an expired one is shown again with a new token, anything else
 * invalid is rejected, and then the action runs. Browsers are redirected afterwards (303), programs get JSON.
 */
export const createFormPages =
  (forms: Pick<Forms, 'read'>): FormPages =>
  (page) =>
  (submit) =>
  async (c) => {
    const { fields, refused, json } = await forms.read(c)
    const values = await page.values(c, fields)
    if (values instanceof Response) return values
    const { address } = page
    if (address) c.set('returnPath', () => address(c, values))
    if (refused) {
      return isOutdated(refused) && !json
        ? page.show(c, 403, values, { errors: { form: refusal(refused).detail } })
        : refuse(c, refused)
    }

    const outcome = await submit(c, { fields, json, values })
    if (outcome instanceof Response) return outcome
    if ('to' in outcome) return json ? answerJson(c, outcome) : c.redirect(outcome.to, 303)
    const { errors = {}, changed } = outcome
    if (json) return changed ? changedProblem(changed) : invalid('invalid_fields', errors)
    return page.show(c, changed ? 409 : 422, outcome.values ?? values, outcome)
  }

const answerJson = (c: Context, { body, status = 200 }: Done): Response =>
  body === undefined ? c.body(null, 204) : c.json(body, status)
