import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Invitation } from '../../accounts/invitations.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import { canonicalEmail } from '../../platform/validation/email-address.ts'
import type { User } from '../../users/users.ts'
import { CheckYourInbox, SHOWN } from '../components/check-your-inbox.tsx'
import { refuse } from '../components/error-page.tsx'
import { EmailField, NameFields, NewPassword } from '../components/fields.tsx'
import { FormError, PostForm } from '../components/form.tsx'
import { Layout, page } from '../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../components/translate.tsx'
import { createFlash } from '../forms/flash.ts'
import type { Problems, WithErrors } from '../forms/form-page.ts'
import { type Submission, textOf } from '../forms/submission.ts'
import { noStore, originAsReferrer } from '../middleware/security-headers.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import type { Web } from '../web.ts'

/** The message for anonymous visitors without an invitation. */
const UNINVITED = { invite: 'invitation_needed', closed: 'registration_closed' } as const

/** The target of the form if an email contains the next step. */
const MAILED = '/register/mailed'

/** `/register`: makes an account, signs the new user in and sends them on. */
export function registerPage(web: Web): Hono {
  const { accounts, config, formPage, invitations, otherUser, returnUrls, signIn } = web
  const mailedTo = createFlash(config, MAILED)

  function show(
    c: Context,
    status: ContentfulStatusCode,
    { next, fields }: Filled,
    { errors }: Problems = {},
  ) {
    const { passwordMinLength: minimum } = config
    return page(c, status, <RegisterPage {...{ next, fields, errors, minimum }} />)
  }

  const onSubmit = formPage({
    values: (c: Context, fields): Filled => ({ next: returnUrls.fromForm(c, fields), fields }),
    address: (_, { next, fields }) => addressOf(next, textOf(fields, 'invitation')),
    show,
  })

  return new Hono()
    .use('/register/*', noStore)
    .use('/register', originAsReferrer)
    .get('/register', async (c) => {
      const next = returnUrls.fromQuery(c)
      const { invitation: token } = c.req.query()
      c.set('returnPath', addressOf(next, token))
      const invitation = token === undefined ? null : await invitations.find(token)
      const other = invitation && (await signIn.current(c))
      if (invitation && other) {
        return otherUser(c, 200, other, aboutInvitation(invitation, other), addressOf(next, token))
      }
      const passing = await signIn.passThrough(c, next)
      // The user has an account: the login page asks for its password.
      if (passing) return 'to' in passing ? passing.to : c.redirect(withNext('/login', next), 303)
      if (token === undefined) {
        const { registration } = config
        return registration === 'open'
          ? show(c, 200, { next, fields: {} })
          : refuse(c, UNINVITED[registration])
      }
      if (!invitation) return refuse(c, 'invitation_over')
      return show(c, 200, { next, fields: { invitation: token, email: invitation.email ?? '' } })
    })
    .post(
      '/register',
      onSubmit(async (c, { fields, json, values: { next } }) => {
        const { email, password, first_name, last_name, invitation } = fields
        if (config.registration === 'closed' && !invitation) return refuse(c, 'registration_closed')
        const input = { email, password, first_name, last_name, invitation }
        const outcome = await accounts.register(input, c.var.device, next.href)
        if (outcome.ok) return signIn.completeSignIn(c, outcome.value, next, { json, status: 201 })
        if (!outcome.mailed) return { errors: outcome.errors }
        if (!json) mailedTo.set(c, textOf(fields, 'email'), SHOWN)
        return { to: withNext(MAILED, next), body: { mailed: true }, status: 202 }
      }),
    )
    .get(MAILED, (c) => page(c, 200, <LinkSentPage email={mailedTo.of(c)} next={returnUrls.fromQuery(c)} />))
}

interface Filled {
  readonly next: ReturnUrl
  readonly fields: Submission['fields']
}

/** The recipient of an invitation, for a user who has an account. */
function aboutInvitation({ email }: Invitation, user: User): Message {
  if (email === null) return message('This invitation is for a new account.')
  return canonicalEmail(email) === canonicalEmail(user.email)
    ? message('This invitation is for your own address. You already have an account, so you don’t need it.')
    : message('This invitation is for {email}.', { email })
}

const addressOf = (next: ReturnUrl, invitation = ''): string =>
  withNext('/register', next, invitation === '' ? {} : { invitation })

const LinkSentPage = ({ email, next }: { email: string | null; next: ReturnUrl }) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <CheckYourInbox>
      <p>
        {email === null
          ? t(
              'We have sent you an email. Open the link in it and enter your password to confirm that the address is yours. Then you are signed in.',
            )
          : rich(
              'We have sent an email to {email}. Open the link in it and enter your password to confirm that the address is yours. Then you are signed in.',
              { email: <strong>{email}</strong> },
            )}
      </p>
      <p class="muted">
        {rich(
          'No email? Check your spam folder. You get a new link each time you <a>sign in</a> with the password that you have just chosen.',
          { a: (words) => <a href={withNext('/login', next)}>{words}</a> },
        )}
      </p>
    </CheckYourInbox>
  )
}

interface RegisterPageProps extends Filled, WithErrors {
  /** Minimum number of characters of a password. */
  readonly minimum: number
}

const RegisterPage = ({ next, fields, errors = {}, minimum }: RegisterPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t('Create your account')} errors={errors}>
      <div class="card">
        <h1>{t('Create your account')}</h1>
        {next.name && <p class="muted">{t('You will continue to {app}', { app: next.name })}</p>}
        <FormError words={errors.form} />
        <PostForm action="/register" next={next}>
          {textOf(fields, 'invitation') !== '' && (
            <input type="hidden" name="invitation" value={textOf(fields, 'invitation')} />
          )}
          <div class="row">
            <NameFields fields={fields} errors={errors} />
          </div>
          <EmailField value={textOf(fields, 'email')} error={errors.email} />
          <NewPassword label={t('Password')} minimum={minimum} error={errors.password} />
          <button class="button full" type="submit">
            {t('Create account')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        {rich('Already have an account? <a>Sign in</a>', {
          a: (words) => <a href={withNext('/login', next)}>{words}</a>,
        })}
      </p>
    </Layout>
  )
}
