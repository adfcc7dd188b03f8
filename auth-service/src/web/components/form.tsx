import { createContext, type PropsWithChildren, useContext } from 'hono/jsx'
import type { Words } from '../../platform/i18n/message.ts'
import type { Shown } from '../forms/stale-form.ts'
import { assetUrl } from '../middleware/assets.ts'
import { carried, type ReturnUrl } from '../sign-in/return-url.ts'
import { useTranslation } from './translate.tsx'

interface FieldProps {
  readonly name: string
  /** Where a page has several of this name. Default: the name. */
  readonly id?: string
  readonly label: string
  readonly autocomplete: string
  readonly type?: 'text' | 'email' | 'password'
  /** What was typed before; never a password. */
  readonly value?: string
  readonly hint?: string | undefined
  readonly error?: Words | undefined
  readonly optional?: boolean
  /** Which keys a phone shows. */
  readonly keys?: 'numeric'
}

/** A labelled input with its hint and its error beside it, both read out with it. */
export const Field = ({
  name,
  id = name,
  label,
  type = 'text',
  value,
  hint,
  error,
  optional,
  keys,
  autocomplete,
}: FieldProps) => {
  const t = useTranslation()
  const notes = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="optional"> {t('(optional)')}</span>}
      </label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input
        id={id}
        name={name}
        // Browsers rewrite what is typed into a field for addresses: Chromium makes Punycode of an older standard.
        type={type === 'email' ? 'text' : type}
        value={value}
        autocomplete={autocomplete}
        required={!optional}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={notes || undefined}
        inputmode={keys}
        {...(type === 'email' && { inputmode: 'email', autocapitalize: 'none', spellcheck: false })}
      />
      {error && (
        <p class="error" id={`${id}-error`}>
          {t(error)}
        </p>
      )}
    </div>
  )
}

/** Whose password it is, for the browser's list of passwords. */
export const Username = ({ email }: { email: string }) => (
  <input hidden type="text" name="username" value={email} autocomplete="username" readonly />
)

interface YourPasswordProps {
  readonly name?: 'password' | 'current_password'
  /** Whose it is, where the page is open to several. */
  readonly email?: string
  readonly error: Words | undefined
}

/** The password that somebody has, once more. */
export const YourPassword = ({ name = 'password', email, error }: YourPasswordProps) => {
  const t = useTranslation()
  return (
    <>
      {email !== undefined && <Username email={email} />}
      <Field
        name={name}
        label={t('Your password')}
        type="password"
        autocomplete="current-password"
        error={error}
      />
    </>
  )
}

interface CheckboxProps {
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly checked: boolean
}

/** Something to tick, with its hint beside it, read out with it. */
export const Checkbox = ({ name, label, hint, checked }: CheckboxProps) => (
  <div class="field check">
    <input id={name} name={name} type="checkbox" checked={checked} aria-describedby={`${name}-hint`} />
    <div>
      <label for={name}>{label}</label>
      <p class="hint" id={`${name}-hint`}>
        {hint}
      </p>
    </div>
  </div>
)

interface PostFormProps {
  readonly action: string
  readonly next?: ReturnUrl
  /** One of many in a list. The token alone keeps it from another person then, so that the page stays light. */
  readonly inList?: boolean
  /** A form of another site could do no harm: it needs no token, and so no cookie. */
  readonly harmless?: boolean
}

/** What the forms of a page carry. */
interface FormSource {
  /** The value of `csrf_token`; asking for it may set a cookie. */
  csrf(): string
  /** Uuid of the person whom the page is shown to: its forms are not taken from anybody else who signs in meanwhile. */
  readonly signedInAs: string | null
}

const FormContext = createContext<FormSource>({ csrf: () => '', signedInAs: null })

/** Tells the forms inside what they carry. */
export const FormProvider = FormContext.Provider

/** A form that posts to us. Browsers don't check its fields: our own words stand beside them. */
export const PostForm = ({
  action,
  next,
  inList = false,
  harmless = false,
  children,
}: PropsWithChildren<PostFormProps>) => {
  const { csrf, signedInAs } = useContext(FormContext)
  return (
    <form method="post" action={action} novalidate>
      {!harmless && <input type="hidden" name="csrf_token" value={csrf()} />}
      {!harmless && signedInAs !== null && !inList && (
        <input type="hidden" name="signed_in_as" value={signedInAs} />
      )}
      {next && carried(next) !== '' && (
        <>
          <input type="hidden" name="next" value={carried(next)} />
          <script type="module" src={assetUrl('fragment.js')} />
        </>
      )}
      {children}
    </form>
  )
}

/** What the form shows now, to be sent along: what others change meanwhile is not overwritten. */
export const AsShown = ({ values }: { readonly values: Shown }) => (
  <input type="hidden" name="shown" value={JSON.stringify(values)} />
)

/** What concerns the form as a whole. */
export const Alert = ({ children }: PropsWithChildren) => (
  <p class="alert" role="alert">
    {children}
  </p>
)

/** What is wrong with the form as a whole, if anything is. */
export const FormError = ({ words }: { readonly words: Words | undefined }) => {
  const t = useTranslation()
  return words === undefined ? null : <Alert>{t(words)}</Alert>
}
