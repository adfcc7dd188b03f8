import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { FieldErrors } from '../accounts.ts'
import { deviceOf } from '../http/device.ts'
import { createEntrance } from '../http/entrance.ts'
import { wantsJson } from '../http/negotiation.ts'
import { createNextReader, type Next, withNext } from '../http/next.ts'
import { privately } from '../http/private.ts'
import { keepingAddress } from '../http/security-headers.ts'
import { createSignInFlow } from '../http/sign-in-flow.ts'
import { createForms, isOutdated, type Submission, textOf, tickOf } from '../http/submission.ts'
import { isOfFlow, LIFETIMES } from '../one-time-tokens.ts'
import type { Service } from '../service.ts'
import type { User } from '../users.ts'
import { deadLink, tokenOf } from './dead-link.tsx'
import { Checkbox, Field, FormError, PostForm } from './form.tsx'
import { Layout, page } from './layout.tsx'
import { showLoop } from './loop.tsx'
import { invalid, refusal, refuse } from './refusals.tsx'

const WRONG = 'This code is wrong, or it works no more. After five wrong ones, it takes a new mail.'

/**
 * `/login/mail`: sign-in by a mailed code, which is good in this browser alone, or by the link beside it, which is good
 * anywhere after a click on a button.
 */
export function loginMailPage(service: Service): Hono {
  const { accounts, config, mailSignIn } = service
  const app = new Hono()
  if (config.signInByMail === 'off') return app
  const nexts = createNextReader(config, service.apps)
  const forms = createForms(config)
  const flows = createSignInFlow(config)
  const entrance = createEntrance(service, nexts, (c, next, loop) => showLoop(c, config, next, loop))

  const ask = (c: Context, status: ContentfulStatusCode, next: Next, email = '', errors: FieldErrors = {}) =>
    page(c, status, <AskPage csrf={forms.token(c)} {...{ next, email, errors }} />)

  const askForCode = (c: Context, status: ContentfulStatusCode, form: Form, email?: string) =>
    page(c, status, <CodePage csrf={forms.token(c)} {...form} email={email} />)

  async function showLink(c: Context, status: ContentfulStatusCode, token: string, form: Form) {
    const user = await mailSignIn.find(token)
    if (!user) return dead(c, form.next)
    if (wantsJson(c)) return c.json({ email: user.email })
    const here = isOfFlow(token, flows.of(c))
    return page(c, status, <LinkPage csrf={forms.token(c)} {...form} {...{ token, user, here }} />)
  }

  const dead = (c: Context, next: Next) =>
    deadLink(
      c,
      <>
        We can <a href={withNext('/login/mail', next)}>mail you another one</a>.
      </>,
    )

  /** What a form says of where to go, and for how long to stay. */
  const formOf = (c: Context, fields: Submission['fields']): Form => ({
    next: nexts.read(fields.next ?? c.req.query('next')),
    remember: (tickOf(c, fields, 'remember') ?? true) === true,
  })

  async function enter(c: Context, user: User, by: 'link' | 'code', { next, remember }: Form, json: boolean) {
    const outcome = await accounts.enter(user, deviceOf(c), remember, by)
    if (!outcome.ok) return invalid(422, outcome.errors)
    flows.forget(c)
    const { value, deletionCancelled } = outcome
    return entrance.welcome(c, value, next, { json, status: 200, deletionCancelled })
  }

  return app
    .use('/login/mail/*', privately)
    .use('/login/mail/link', keepingAddress)
    .get('/login/mail', async (c) => {
      const next = nexts.fromQuery(c)
      return (await entrance.passThrough(c, next)) ?? ask(c, 200, next)
    })
    .post('/login/mail', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const next = nexts.read(fields.next ?? c.req.query('next'))
      const email = textOf(fields, 'email')
      if (isOutdated(refused) && !json) return ask(c, 403, next, email, { form: refusal(refused).detail })
      if (refused) return refuse(c, refused)

      const asked = await mailSignIn.ask(fields.email, deviceOf(c), next.href)
      if ('errors' in asked) return json ? invalid(422, asked.errors) : ask(c, 422, next, email, asked.errors)
      flows.remember(c, asked.flow)
      return json ? c.json({ mailed: true }, 202) : askForCode(c, 200, { next, remember: true }, email)
    })
    .get('/login/mail/code', (c) => askForCode(c, 200, { next: nexts.fromQuery(c), remember: true }))
    .post('/login/mail/code', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const form = formOf(c, fields)
      if (isOutdated(refused) && !json) {
        return askForCode(c, 403, { ...form, errors: { form: refusal(refused).detail } })
      }
      if (refused) return refuse(c, refused)

      const flow = flows.of(c)
      const user = flow && (await mailSignIn.byCode(flow, fields.code, deviceOf(c)))
      if (user) return enter(c, user, 'code', form, json)
      const errors = { code: WRONG }
      return json ? invalid(422, errors) : askForCode(c, 422, { ...form, errors })
    })
    .get('/login/mail/link', (c) =>
      showLink(c, 200, tokenOf(c) ?? '', { next: nexts.fromQuery(c), remember: true }),
    )
    .post('/login/mail/link', async (c) => {
      const { fields, refused, json } = await forms.read(c)
      const form = formOf(c, fields)
      const token = textOf(fields, 'token')
      if (isOutdated(refused) && !json) {
        return showLink(c, 403, token, { ...form, errors: { form: refusal(refused).detail } })
      }
      if (refused) return refuse(c, refused)

      const user = await mailSignIn.byLink(token)
      return user ? enter(c, user, 'link', form, json) : dead(c, form.next)
    })
}

interface Form {
  readonly next: Next
  readonly remember: boolean
  readonly errors?: FieldErrors
}

interface AskPageProps {
  readonly csrf: string
  readonly next: Next
  readonly email: string
  readonly errors: FieldErrors
}

const AskPage = ({ csrf, next, email, errors }: AskPageProps) => (
  <Layout title={Object.keys(errors).length > 0 ? 'Error: Sign in by mail' : 'Sign in by mail'}>
    <div class="card">
      <h1>{next.host ? `Sign in by mail to continue to ${next.host}` : 'Sign in by mail'}</h1>
      <FormError words={errors.form} />
      <p>We mail you a code, and you need no password.</p>
      <PostForm action="/login/mail" csrf={csrf} next={next}>
        <Field
          name="email"
          label="E-mail"
          type="email"
          autocomplete="username"
          value={email}
          error={errors.email}
        />
        <button class="button full" type="submit">
          Mail me a code
        </button>
      </PostForm>
    </div>
    <p class="aside">
      <a href={withNext('/login', next)}>Sign in with a password</a>
    </p>
  </Layout>
)

const Remember = ({ remember }: { readonly remember: boolean }) => (
  <Checkbox
    name="remember"
    label="Keep me signed in"
    hint="Untick this on a shared computer."
    checked={remember}
  />
)

interface CodePageProps extends Form {
  readonly csrf: string
  /** As typed. */
  readonly email?: string | undefined
}

const CodePage = ({ csrf, next, remember, email, errors = {} }: CodePageProps) => (
  <Layout title={Object.keys(errors).length > 0 ? 'Error: Enter the code' : 'Enter the code'}>
    <div class="card">
      <h1>Enter the code</h1>
      <FormError words={errors.form} />
      {email && (
        <p>
          If there is an account with the address <strong>{email}</strong>, we have mailed it a code.
        </p>
      )}
      <PostForm action="/login/mail/code" csrf={csrf} next={next}>
        <Field
          name="code"
          label="Code"
          autocomplete="one-time-code"
          keys="numeric"
          hint={`Six digits, good for ${LIFETIMES.sign_in / 60} minutes in this browser.`}
          error={errors.code}
        />
        <Remember remember={remember} />
        <button class="button full" type="submit">
          Sign in
        </button>
      </PostForm>
    </div>
    <p class="aside">
      Nothing came? <a href={withNext('/login/mail', next)}>Ask for another mail</a>
    </p>
  </Layout>
)

interface LinkPageProps extends Form {
  readonly csrf: string
  readonly token: string
  readonly user: User
  /** Whether this is the browser that asked for it. */
  readonly here: boolean
}

const LinkPage = ({ csrf, next, remember, errors = {}, token, user, here }: LinkPageProps) => (
  <Layout title="Sign in by mail">
    <div class="card">
      <h1>{next.host ? `Sign in to continue to ${next.host}` : 'Sign in'}</h1>
      <FormError words={errors.form} />
      <p>
        You sign in as <strong>{user.email}</strong>.
      </p>
      {!here && (
        <p class="notice">
          This was asked for in another browser. Go on only if it was you who asked, and if this device is
          yours.
        </p>
      )}
      <PostForm action="/login/mail/link" csrf={csrf} next={next}>
        <input type="hidden" name="token" value={token} />
        <Remember remember={remember} />
        <button class="button full" type="submit">
          Sign in on this device
        </button>
      </PostForm>
    </div>
    <p class="aside">
      <a href={withNext('/login', next)}>Don’t sign in</a>
    </p>
  </Layout>
)
