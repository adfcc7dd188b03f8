import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { message } from '../../../platform/i18n/message.ts'
import type { FieldErrors } from '../../../platform/validation/field-errors.ts'
import type { Service } from '../../../service.ts'
import type { User } from '../../../users/users.ts'
import { invalid, refusal, refuse } from '../../components/error-page.tsx'
import { NameFields } from '../../components/fields.tsx'
import { AsShown, FormError, PostForm } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { changedSince, editedIn, type Shown, shownIn } from '../../forms/stale-form.ts'
import { createForms, isOutdated, type Submission } from '../../forms/submission.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import { changedProblem } from '../admin/changed-meanwhile.tsx'
import { type AccountContext, originOf } from './origin.ts'

/** `/account/names`: what somebody is called. */
export function namesPage({ config, profile }: Service): Hono<AccountEnv> {
  const forms = createForms(config)

  const show = (
    c: AccountContext,
    status: ContentfulStatusCode,
    fields: Submission['fields'],
    errors: FieldErrors = {},
  ) => {
    const { current, person } = c.var.account
    const content = { csrf: forms.token(c, current), shown: shownOf(person), fields, errors }
    return page(c, status, <NamesPage {...content} />)
  }

  return new Hono<AccountEnv>()
    .get('/account/names', (c) => {
      return show(c, 200, shownOf(c.var.account.person))
    })
    .post('/account/names', async (c) => {
      const { fields, refused, json } = await forms.read(c, c.var.account.current)
      if (isOutdated(refused) && !json) return show(c, 403, fields, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)
      const { person } = c.var.account
      const shown = shownIn(fields)
      const edited = editedIn(fields, shown, ['first_name', 'last_name'])
      const pick = (values: Shown) => Object.fromEntries(edited.map((name) => [name, values[name]]))
      const changed = changedSince(pick(shown), shownOf(person))
      if (changed) {
        if (json) return changedProblem(changed)
        return show(c, 409, { ...shownOf(person), ...pick(fields) }, { form: CHANGED })
      }
      const errors = await profile.rename(person, pick(fields), originOf(c))
      if (Object.keys(errors).length > 0) return json ? invalid(422, errors) : show(c, 422, fields, errors)
      return json ? c.body(null, 204) : c.redirect(`${config.authUrl}/account?notice=names_changed`, 303)
    })
}

const CHANGED = message(
  'This name was changed after the page was opened, in another tab or by an administrator. Nothing was saved. Save again to use what you typed.',
)

const shownOf = ({ firstName, lastName }: User): Shown => ({ first_name: firstName, last_name: lastName })

interface NamesPageProps {
  readonly csrf: string
  readonly shown: Shown
  readonly fields: Submission['fields']
  readonly errors: FieldErrors
}

const NamesPage = ({ csrf, shown, fields, errors }: NamesPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Your name')} errors={errors}>
      <div class="card">
        <h1>{t('Your name')}</h1>
        <FormError words={errors.form} />
        <p>{t('The apps here call you by it.')}</p>
        <PostForm action="/account/names" csrf={csrf}>
          <AsShown values={shown} />
          <NameFields fields={fields} errors={errors} />
          <button class="button full" type="submit">
            {t('Save')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href="/account">{t('Back to your account')}</a>
      </p>
    </Layout>
  )
}
