import { problemResponse } from '@latchkey/jwt-middleware/contract'
import { Hono, type MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isFlow, LIFETIMES } from '../../../accounts/one-time-tokens.ts'
import { TooManyTries } from '../../../accounts/rate-limits.ts'
import { PROOF_LIFETIME } from '../../../accounts/reauthentication.ts'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import type { Words } from '../../../platform/i18n/message.ts'
import { hasPassword } from '../../../users/unusable-password.ts'
import type { User } from '../../../users/users.ts'
import { invalid, refusal, refuse, waitFor } from '../../components/error-page.tsx'
import { Field, FormError, PostForm, YourPassword } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import { keepPage } from '../../forms/answer-once.ts'
import { type CarriedForm, carryOn, keepForm } from '../../forms/carried-form.ts'
import { wantsJson } from '../../forms/negotiation.ts'
import { isOutdated, type Submission, textOf } from '../../forms/submission.ts'
import { ownAddress } from '../../middleware/accept-language.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import type { Web } from '../../web.ts'
import { type AccountContext, originOf } from './origin.ts'

const PATH = '/account/confirm'

interface Errors {
  readonly form?: Words | undefined
  readonly password?: Words | undefined
  readonly code?: Words | undefined
}

/** Shows the page in between, which keeps a form, sealed. */
function createConfirmation({ config, formCarrier }: Web) {
  return function ask(
    c: AccountContext,
    status: ContentfulStatusCode,
    form: CarriedForm,
    errors: Errors = {},
  ) {
    const { person } = c.var.account
    const sealed = formCarrier.seal(person, form)
    keepForm(c, sealed)
    const content = { person, sealed, errors, path: form.path, codeSent: form.flow !== null }
    return page(c, status, <ConfirmPage {...content} mails={sendsMail(config)} />)
  }
}

/**
 * Lets only those on who proved within the last 15 minutes who they are. Others get a page in between that asks for the
 * password, or for a mailed code where there is none. A form that was sent is kept on that page, sealed, and then goes on
 * as if it had come from the page it was on.
 */
export function requireProof(web: Web): MiddlewareHandler<AccountEnv> {
  const { config, formCarrier, forms, log, reauthentication } = web
  const ask = createConfirmation(web)

  /** Nothing, where the person has proved who they are by what was sent; else the page once more. */
  async function prove(c: AccountContext, fields: Submission['fields'], form: CarriedForm) {
    const { person } = c.var.account
    const origin = originOf(c)
    if (hasPassword(person)) {
      const password = await reauthentication.byPassword(person, fields.password, origin)
      return password === undefined ? null : ask(c, 422, form, { password })
    }
    if (fields.send_code !== undefined && sendsMail(config)) {
      const flow = await reauthentication.sendCode(person, origin)
      keepPage(c)
      return ask(c, 200, { ...form, flow })
    }
    const code = await reauthentication.byCode(person, form.flow, fields.code, origin)
    return code === undefined ? null : ask(c, 422, form, { code })
  }

  async function proveOrWait(c: AccountContext, fields: Submission['fields'], form: CarriedForm) {
    try {
      return await prove(c, fields, form)
    } catch (error) {
      if (!(error instanceof TooManyTries)) throw error
      c.header('Retry-After', String(error.retryAfter))
      return ask(c, 429, form, { form: waitFor(error) })
    }
  }

  return async (c, next) => {
    const { person, current, isProved } = c.var.account
    if (wantsJson(c)) {
      if (isProved) return next()
      log.info({ event: 'proof_asked', sid: current }, 'asked a program for a proof of the person')
      return proofProblem(config.authUrl)
    }
    if (c.req.method === 'GET' || c.req.method === 'HEAD') {
      return isProved ? next() : c.redirect(`${PATH}?${new URLSearchParams({ next: c.req.path })}`, 303)
    }
    const { fields, refused } = await forms.read(c)
    const form = formCarrier.open(person, fields.sealed)
    if (!form) {
      // What is refused anyway, the page itself refuses; and this page keeps no form of its own in another one.
      if (isProved || refused || c.req.path === PATH) return next()
      const { csrf_token: _, ...kept } = fields
      return ask(c, 403, { path: c.req.path, fields: kept, flow: null })
    }
    if (form.path !== c.req.path) return refuse(c, 'expired_form')
    if (isOutdated(refused)) {
      // Or only the language of the page was changed.
      return ask(c, 403, form, fields.language === undefined ? { form: refusal(refused).detail } : {})
    }
    if (refused) return refuse(c, refused)
    const answer = isProved ? null : await proveOrWait(c, fields, form)
    if (answer) return answer
    c.set('account', { ...c.var.account, isProved: true })
    carryOn(c, form.fields)
    return next()
  }
}

/** For programs, in the words of RFC 9470. */
const proofProblem = (authUrl: string) =>
  problemResponse({
    status: 403,
    title: 'Confirm that it is you',
    detail: `This needs a proof of who you are that is no older than 15 minutes. Post your password to ${PATH}, then repeat the request.`,
    code: 'insufficient_user_authentication',
    max_age: PROOF_LIFETIME,
    confirm_url: authUrl + PATH,
  })

/** `/account/confirm`: the same question by itself, for programs and before a page is shown. */
export function confirmPage(web: Web): Hono<AccountEnv> {
  const { config, formCarrier, forms, reauthentication } = web
  const proof = requireProof(web)
  const ask = createConfirmation(web)
  const onTo = (c: AccountContext, path: unknown) => {
    const address = ownAddress(path, config.authUrl)
    return c.redirect(address === `${config.authUrl}/` ? `${config.authUrl}/account` : address, 303)
  }

  async function proveAsProgram(c: AccountContext) {
    const { person } = c.var.account
    const { fields, refused } = await forms.read(c)
    if (refused) return refuse(c, refused)
    const origin = originOf(c)
    if (hasPassword(person)) {
      const password = await reauthentication.byPassword(person, fields.password, origin)
      return password === undefined ? c.body(null, 204) : invalid(422, { password })
    }
    if (fields.send_code === true) {
      if (!sendsMail(config)) return refuse(c, 'no_mail')
      const flow = await reauthentication.sendCode(person, origin)
      return c.json({ mailed: true, sealed: formCarrier.seal(person, { path: PATH, fields: {}, flow }) }, 202)
    }
    const flow = formCarrier.open(person, fields.sealed)?.flow ?? null
    const code = await reauthentication.byCode(
      person,
      flow && isFlow(flow) ? flow : null,
      fields.code,
      origin,
    )
    return code === undefined ? c.body(null, 204) : invalid(422, { code })
  }

  return new Hono<AccountEnv>()
    .get(PATH, (c) => (c.var.account.isProved ? onTo(c, c.req.query('next')) : askFirst(c)))
    .post(PATH, async (c) => {
      if (wantsJson(c)) return proveAsProgram(c)
      let landed: Response | undefined
      const answer = await proof(c, async () => {
        landed = await land(c)
      })
      return answer instanceof Response ? answer : (landed as Response)
    })

  /** Goes on to where the person wanted to, or says why the form they sent can't be taken. */
  async function land(c: AccountContext): Promise<Response> {
    const { fields, refused } = await forms.read(c)
    const isUnproved = refused === null && !c.var.account.isProved
    if (isOutdated(refused) || isUnproved) {
      const form = { path: PATH, fields: { next: textOf(fields, 'next') }, flow: null }
      return ask(c, 403, form, { form: refusal(refused ?? 'expired_form').detail })
    }
    return refused ? refuse(c, refused) : onTo(c, fields.next)
  }

  function askFirst(c: AccountContext) {
    const { person } = c.var.account
    const form = { path: PATH, fields: { next: c.req.query('next') ?? '' }, flow: null }
    const content = {
      person,
      sealed: formCarrier.seal(person, form),
      errors: {},
      path: PATH,
      codeSent: false,
    }
    return page(c, 200, <ConfirmPage {...content} mails={sendsMail(config)} />)
  }
}

interface ConfirmPageProps {
  readonly person: User
  /** The form that waits. */
  readonly sealed: string
  /** Where it was sent. */
  readonly path: string
  readonly errors: Errors
  readonly codeSent: boolean
  readonly mails: boolean
}

const ConfirmPage = ({ person, sealed, path, errors, codeSent, mails }: ConfirmPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const byPassword = hasPassword(person)
  return (
    <Layout title={t('Confirm that it is you')} errors={errors}>
      <div class="card">
        <h1>{t('Confirm that it is you')}</h1>
        <FormError words={errors.form} />
        <p>
          {rich(
            'You are signed in as {email}, and last confirmed that more than 15 minutes ago. What you do next needs a new confirmation. Nothing is lost: we go on right after it.',
            { email: <strong>{person.email}</strong> },
          )}
        </p>
        {byPassword || codeSent ? (
          <PostForm action={path}>
            <input type="hidden" name="sealed" value={sealed} />
            {byPassword ? (
              <YourPassword email={person.email} error={errors.password} />
            ) : (
              <Field
                name="code"
                label={t('Code')}
                autocomplete="one-time-code"
                keys="numeric"
                hint={t('Six digits that we have mailed to you, good for {minutes} minutes.', {
                  minutes: LIFETIMES.sign_in / 60,
                })}
                error={errors.code}
              />
            )}
            <button class="button full" type="submit">
              {t('Confirm and go on')}
            </button>
          </PostForm>
        ) : (
          <WithoutPassword {...{ sealed, path, mails }} />
        )}
      </div>
      <p class="aside">
        <a href={path.startsWith('/admin') ? '/admin' : '/account'}>{t('Cancel')}</a>
      </p>
    </Layout>
  )
}

const WithoutPassword = ({ sealed, path, mails }: Pick<ConfirmPageProps, 'sealed' | 'path' | 'mails'>) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return mails ? (
    <PostForm action={path}>
      <input type="hidden" name="sealed" value={sealed} />
      <button class="button full" type="submit" name="send_code" value="1">
        {t('Mail me a code')}
      </button>
    </PostForm>
  ) : (
    <p>
      {rich('You have no password, and this service sends no mail. <a>Sign out</a>, then sign in again.', {
        a: (words) => <a href="/logout">{words}</a>,
      })}
    </p>
  )
}
