import type { WithErrors } from '../forms/form-page.ts'
import { type ReturnUrl, withNext } from '../sign-in/return-url.ts'
import { EmailField } from './fields.tsx'
import { FormError, PostForm } from './form.tsx'
import { Layout } from './layout.tsx'

interface EmailRequestProps extends WithErrors {
  readonly action: string
  readonly next: ReturnUrl
  readonly email: string
  readonly title: string
  /** Default: the title. */
  readonly heading?: string | undefined
  /** Emails. */
  readonly explanation: string
  readonly button: string
  /** The text of the link to the login page. */
  readonly back: string
}

/** A page that asks for an address to send an email to. */
export const EmailRequest = (props: EmailRequestProps) => {
  const { action, next, email, title, heading = title, explanation, button, back, errors = {} } = props
  return (
    <Layout title={title} errors={errors}>
      <div class="card">
        <h1>{heading}</h1>
        <FormError words={errors.form} />
        <p>{explanation}</p>
        <PostForm action={action} next={next}>
          <EmailField value={email} error={errors.email} />
          <button class="button full" type="submit">
            {button}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href={withNext('/login', next)}>{back}</a>
      </p>
    </Layout>
  )
}
