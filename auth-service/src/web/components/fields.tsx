import type { Message } from '../../platform/i18n/message.ts'
import type { Errors } from '../forms/form-page.ts'
import { type Submission, textOf } from '../forms/submission.ts'
import { Checkbox, Field } from './form.tsx'
import { PasswordStrengthMeter } from './password-strength-meter.tsx'
import { useTranslation } from './translate.tsx'

interface NameFieldsProps {
  readonly fields: Submission['fields']
  readonly errors: Errors
}

/** The first and last name, both optional. */
export const NameFields = ({ fields, errors }: NameFieldsProps) => {
  const t = useTranslation()
  return (
    <>
      <Field
        name="first_name"
        label={t('First name')}
        autocomplete="given-name"
        value={textOf(fields, 'first_name')}
        error={errors.first_name}
        optional
      />
      <Field
        name="last_name"
        label={t('Last name')}
        autocomplete="family-name"
        value={textOf(fields, 'last_name')}
        error={errors.last_name}
        optional
      />
    </>
  )
}

interface NewPasswordProps {
  readonly label: string
  /** Minimum number of characters of a password. */
  readonly minimum: number
  readonly error: Message | undefined
}

/** A field for a new password, with its strength. */
export const NewPassword = ({ label, minimum, error }: NewPasswordProps) => {
  const t = useTranslation()
  return (
    <>
      <Field
        name="password"
        label={label}
        type="password"
        autocomplete="new-password"
        hint={t(
          'At least {minimum} {minimum:character|characters}. A few words in a row make a good password.',
          { minimum },
        )}
        error={error}
      />
      <PasswordStrengthMeter of="password" minimum={minimum} />
    </>
  )
}

/** The user's credentials. */
export const EmailField = ({
  value,
  error,
}: {
  readonly value: string
  readonly error: Message | undefined
}) => {
  const t = useTranslation()
  return (
    <Field name="email" label={t('Email')} type="email" autocomplete="username" value={value} error={error} />
  )
}

/** Whether the session outlives the browser. */
export const KeepSignedIn = ({ checked }: { readonly checked: boolean }) => {
  const t = useTranslation()
  return (
    <Checkbox
      name="remember"
      label={t('Keep me signed in')}
      hint={t('Untick this on a shared computer.')}
      checked={checked}
    />
  )
}
