import type { Words } from '../../../platform/i18n/message.ts'
import { refusal, refuse } from '../../components/error-page.tsx'
import { type Forms, isOutdated, type Submission } from '../../forms/submission.ts'
import { returningTo } from '../../middleware/accept-language.ts'
import type { AdminContext } from '../../middleware/require-staff.ts'

/** What is wrong with which field of a form, in sentences; `form` is about all of it. */
export type Errors = Readonly<Record<string, Words | undefined>>

/** Does what a form of the administration asks, or the same as JSON. */
type Act = (c: AdminContext, submission: Submission) => Promise<Response>

/** Reads what is sent in from the page at `home`; a form that was open for too long is shown again, as `again` does it. */
export const taker =
  (
    forms: Forms,
    home: (c: AdminContext) => string,
    again: (c: AdminContext, submission: Submission, errors: Errors) => Promise<Response>,
  ) =>
  (act: Act) =>
  async (c: AdminContext): Promise<Response> => {
    returningTo(c, home(c))
    const submission = await forms.read(c, c.var.account.current)
    const { refused, json } = submission
    if (isOutdated(refused) && !json) return again(c, submission, { form: refusal(refused).detail })
    return refused ? refuse(c, refused) : act(c, submission)
  }

/** The number in a path, or one that nothing has. */
export const idIn = (c: AdminContext): number => Number(c.req.param('id') ?? 0)

/** Paths have such ids; larger ones no database gives. */
export const ID = ':id{[0-9]{1,9}}'
