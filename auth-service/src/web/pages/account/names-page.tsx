import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { message } from '../../../platform/i18n/message.ts'
import type { User } from '../../../users/users.ts'
import { BackToAccount } from '../../components/back-to-account.tsx'
import { NameFields } from '../../components/fields.tsx'
import { AsShown, FormError, PostForm } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Problems, WithErrors } from '../../forms/form-page.ts'
import { changedSince, editedIn, type Shown, shownIn } from '../../forms/stale-form.ts'
import type { Submission } from '../../forms/submission.ts'
import { type AccountContext, originOf } from '../../middleware/account-origin.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import type { Web } from '../../web.ts'

/** `/account/names`: changes the user's names. */
export function namesPage({ formPage, profile, returnUrls }: Web): Hono<AccountEnv> {
  const show = (
    c: AccountContext,
    status: ContentfulStatusCode,
    fields: Submission['fields'],
    { errors }: Problems = {},
  ) => page(c, status, <NamesPage shown={shownOf(c.var.account.user)} fields={fields} errors={errors} />)

  const onSubmit = formPage({ values: (_: AccountContext, fields) => fields, show })

  return new Hono<AccountEnv>()
    .get('/account/names', (c) => show(c, 200, shownOf(c.var.account.user)))
    .post(
      '/account/names',
      onSubmit(async (c, { fields }) => {
        const { user } = c.var.account
        const shown = shownIn(fields)
        const edited = editedIn(fields, shown, ['first_name', 'last_name'])
        const pick = (values: Shown) => Object.fromEntries(edited.map((name) => [name, values[name]]))
        const changed = changedSince(pick(shown), shownOf(user))
        if (changed)
          return { changed, values: { ...shownOf(user), ...pick(fields) }, errors: { form: CHANGED } }
        const errors = await profile.rename(user, pick(fields), originOf(c))
        return Object.keys(errors).length > 0
          ? { errors }
          : { to: returnUrls.ours('/account', 'names_changed') }
      }),
    )
}

const CHANGED = message(
  'This name was changed in another tab or by an administrator after you opened this page. Nothing was saved. Save again to use your text.',
)

const shownOf = ({ firstName, lastName }: User): Shown => ({ first_name: firstName, last_name: lastName })

interface NamesPageProps extends WithErrors {
  readonly shown: Shown
  readonly fields: Submission['fields']
}

const NamesPage = ({ shown, fields, errors = {} }: NamesPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Your name')} errors={errors}>
      <div class="card">
        <h1>{t('Your name')}</h1>
        <FormError words={errors.form} />
        <p>{t('Apps show this name.')}</p>
        <PostForm action="/account/names">
          <AsShown values={shown} />
          <NameFields fields={fields} errors={errors} />
          <button class="button full" type="submit">
            {t('Save')}
          </button>
        </PostForm>
      </div>
      <BackToAccount />
    </Layout>
  )
}
