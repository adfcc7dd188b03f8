import type { AppPermission } from '../../../apps/app-permissions.ts'
import type { App } from '../../../apps/apps.ts'
import { durationOf } from '../../../platform/i18n/duration.ts'
import { message } from '../../../platform/i18n/message.ts'
import { TOKEN_LIFETIMES, USUAL_LIFETIME } from '../../../tokens/api-tokens/api-token-input.ts'
import { Choices } from '../../components/choices.tsx'
import { Checkbox, Field, PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { WithErrors } from '../../forms/form-page.ts'
import { type Submission, textOf } from '../../forms/submission.ts'

interface TokenFormProps extends WithErrors {
  readonly action: string
  readonly apps: readonly App[]
  readonly permissions: readonly AppPermission[]
  /** The longest lifetime of a token, in seconds; `null` without a limit. */
  readonly longest: number | null
  /** The earlier input. */
  readonly fields: Submission['fields']
}

const WORDS: Readonly<Record<keyof typeof TOKEN_LIFETIMES, string>> = {
  '30d': message('30 days'),
  '90d': message('90 days'),
  '1y': message('One year'),
  never: message('No expiry date'),
}

/** Chooses no lifetime: the usual one is the longest possible. */
const LONGEST = 'longest'
const DAY = 86_400

/** The form that describes a new token. */
export const TokenForm = ({ action, apps, permissions, longest, fields, errors = {} }: TokenFormProps) => {
  const t = useTranslation()
  const values = Object.keys(WORDS) as (keyof typeof WORDS)[]
  const offered = values.filter(
    (value) => longest === null || (TOKEN_LIFETIMES[value] ?? Number.POSITIVE_INFINITY) <= longest,
  )
  const usual = Math.min(USUAL_LIFETIME, longest ?? USUAL_LIFETIME)
  const fallback = offered.find((value) => TOKEN_LIFETIMES[value] === usual) ?? LONGEST
  const options = Object.fromEntries([
    ...offered.map((value) => [value, t(WORDS[value])]),
    ...(fallback === LONGEST ? [[LONGEST, t('The longest time: {time}', { time: durationOf(usual) })]] : []),
    // A token that ends on a date works until midnight.
    ...(usual < DAY ? [] : [['date', t('On a date')]]),
  ])
  return (
    <PostForm action={action}>
      <Field
        name="name"
        label={t('Name')}
        autocomplete="off"
        hint={t('What it is for, for example “Backup script”.')}
        value={textOf(fields, 'name')}
        error={errors.name}
      />
      <Choices legend={t('Which apps accept it?')} name="apps" error={errors.apps}>
        <Checkbox
          name="all_apps"
          label={t('All apps')}
          hint={t('Also apps that are added later.')}
          checked={fields.all_apps !== undefined}
        />
        {apps.map(({ id, name, origins }) => (
          <Checkbox
            name={`app_${id}`}
            label={name}
            hint={origins.join(', ')}
            checked={fields[`app_${id}`] !== undefined}
          />
        ))}
      </Choices>
      {permissions.length > 0 && (
        <Choices legend={t('What may it do there?')} name="scopes" error={errors.scopes}>
          {onePerName(permissions).map(({ name, description, appIds }) => (
            <Checkbox
              name={`scope_${name}`}
              label={name}
              hint={[
                description,
                apps
                  .filter(({ id }) => appIds.includes(id))
                  .map((app) => app.name)
                  .join(', '),
              ]
                .filter(Boolean)
                .join(' · ')}
              checked={fields[`scope_${name}`] !== undefined}
            />
          ))}
        </Choices>
      )}
      <div class="field">
        <label for="expires">{t('Expires')}</label>
        <select id="expires" name="expires">
          {Object.entries(options).map(([value, words]) => (
            <option value={value} selected={value === (textOf(fields, 'expires') || fallback)}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <Field
        name="date"
        label={t('Date')}
        autocomplete="off"
        hint={t('If it expires on a date: year-month-day, for example 2030-12-31.')}
        value={textOf(fields, 'date')}
        error={errors.expires}
        optional
      />
      <button class="button" type="submit">
        {t('Create token')}
      </button>
    </PostForm>
  )
}

/** Several apps may define one name, and the form has one field for it. */
function onePerName(permissions: readonly AppPermission[]) {
  const named = Map.groupBy(permissions, ({ name }) => name)
  return [...named].map(([name, all]) => ({
    name,
    description: all.find(({ description }) => description)?.description ?? '',
    appIds: all.map(({ appId }) => appId),
  }))
}
