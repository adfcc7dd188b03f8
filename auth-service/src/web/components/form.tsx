import { createContext, type PropsWithChildren, useContext } from 'hono/jsx'
import type { Message } from '../../platform/i18n/message.ts'
import type { Shown } from '../forms/stale-form.ts'
import { assetUrl } from '../middleware/assets.ts'
import { carried, type ReturnUrl } from '../sign-in/return-url.ts'
import { useTranslation } from './translate.tsx'

interface FieldProps {
  readonly name: string
  /** For a page with several fields of this name. Default: the name. */
  readonly id?: string
  readonly label: string
  readonly autocomplete: string
  readonly type?: 'text' | 'email' | 'password'
  /** The earlier input; never a password. */
  readonly value?: string
  readonly hint?: string | undefined
  readonly error?: Message | undefined
  readonly optional?: boolean
  /** The keyboard that phones show. */
  readonly keys?: 'numeric'
}

/** A labelled input with its hint and error, connected for screen readers. */
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
        // Browsers rewrite the input of an email field: Chromium converts domains to Punycode of an older standard.
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

interface TextAreaProps extends Pick<FieldProps, 'name' | 'label' | 'value' | 'hint' | 'error' | 'optional'> {
  readonly rows: number
}

/** The same for text of several lines that a program wrote, such as XML. */
export const TextArea = ({ name, label, value = '', hint, error, optional, rows }: TextAreaProps) => {
  const t = useTranslation()
  const notes = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={name}>
        {label}
        {optional && <span class="optional"> {t('(optional)')}</span>}
      </label>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      <textarea
        id={name}
        name={name}
        rows={rows}
        autocomplete="off"
        spellcheck={false}
        required={!optional}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={notes || undefined}
      >
        {value}
      </textarea>
      {error && (
        <p class="error" id={`${name}-error`}>
          {t(error)}
        </p>
      )}
    </div>
  )
}

/** The user of the password, for the browser's password manager. */
export const Username = ({ email }: { email: string }) => (
  <input hidden type="text" name="username" value={email} autocomplete="username" readonly />
)

interface YourPasswordProps {
  readonly name?: 'password' | 'current_password'
  /** The user, if the page is open to several. */
  readonly email?: string
  readonly error: Message | undefined
}

/** A field for the current password. */
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

/** A checkbox with its hint, connected for screen readers. */
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
  /** One of many in a list. It has only the token to bind it to the user, so that the page stays small. */
  readonly inList?: boolean
  /** A forged request would be harmless: the form needs no token, and so no cookie. */
  readonly harmless?: boolean
}

/** The hidden fields of a page's forms. */
interface FormSource {
  /** The value of `csrf_token`; reading it may set a cookie. */
  csrf(): string
  /** Uuid of the page's user: its forms are not accepted from another user who signs in meanwhile. */
  readonly signedInAs: string | null
}

const FormContext = createContext<FormSource>({ csrf: () => '', signedInAs: null })

/** Provides the hidden fields to the forms inside. */
export const FormProvider = FormContext.Provider

/**
 * A form that posts to this service. Browsers don't validate its fields, since the service's own messages appear beside
 * them.
 */
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

/** The values shown, sent along so that others' changes are not overwritten. */
export const AsShown = ({ values }: { readonly values: Shown }) => (
  <input type="hidden" name="shown" value={JSON.stringify(values)} />
)

/** A message about the whole form. */
export const Alert = ({ children }: PropsWithChildren) => (
  <p class="alert" role="alert">
    {children}
  </p>
)

/** The error of the whole form, if any. */
export const FormError = ({ words }: { readonly words: Message | undefined }) => {
  const t = useTranslation()
  return words === undefined ? null : <Alert>{t(words)}</Alert>
}
