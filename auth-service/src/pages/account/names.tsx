import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { FieldErrors } from '../../field-errors.ts'
import type { AccountEnv } from '../../http/live-account.ts'
import { createForms, isOutdated, type Submission } from '../../http/submission.ts'
import type { Service } from '../../service.ts'
import { NameFields } from '../fields.tsx'
import { FormError, PostForm } from '../form.tsx'
import { Layout, page } from '../layout.tsx'
import { invalid, refusal, refuse } from '../refusals.tsx'
import { useWords } from '../words.tsx'
import { type AccountContext, originOf } from './section.ts'

/** `/account/names`: what somebody is called. */
export function namesOfAccount({ config, profile }: Service): Hono<AccountEnv> {
  const forms = createForms(config)

  const show = (
    c: AccountContext,
    status: ContentfulStatusCode,
    fields: Submission['fields'],
    errors: FieldErrors = {},
  ) => page(c, status, <NamesPage csrf={forms.token(c, c.var.account.current)} {...{ fields, errors }} />)

  return new Hono<AccountEnv>()
    .get('/account/names', (c) => {
      const { firstName: first_name, lastName: last_name } = c.var.account.person
      return show(c, 200, { first_name, last_name })
    })
    .post('/account/names', async (c) => {
      const { fields, refused, json } = await forms.read(c, c.var.account.current)
      if (isOutdated(refused) && !json) return show(c, 403, fields, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)
      const errors = await profile.rename(c.var.account.person, fields, originOf(c))
      if (Object.keys(errors).length > 0) return json ? invalid(422, errors) : show(c, 422, fields, errors)
      return json ? c.body(null, 204) : c.redirect(`${config.authUrl}/account?notice=names_changed`, 303)
    })
}

interface NamesPageProps {
  readonly csrf: string
  readonly fields: Submission['fields']
  readonly errors: FieldErrors
}

const NamesPage = ({ csrf, fields, errors }: NamesPageProps) => {
  const t = useWords()
  return (
    <Layout title={t('Your name')} errors={errors}>
      <div class="card">
        <h1>{t('Your name')}</h1>
        <FormError words={errors.form} />
        <p>{t('The apps here call you by it.')}</p>
        <PostForm action="/account/names" csrf={csrf}>
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
