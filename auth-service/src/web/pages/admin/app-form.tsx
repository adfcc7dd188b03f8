import type { App } from '../../../apps/apps.ts'
import { AsShown, Field, FormError, PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { WithErrors } from '../../forms/form-page.ts'
import type { Shown } from '../../forms/stale-form.ts'
import { type Submission, textOf } from '../../forms/submission.ts'

interface AppFormProps {
  readonly action: string
  /** The app to change; `null` for a new one. */
  readonly app: App | null
  /** The app's shown values. */
  readonly shown?: Shown
  /** The earlier input, if something is wrong with it. */
  readonly retry: (WithErrors & { readonly fields: Submission['fields'] }) | null
}

/** The form that describes an app. A page has several, so the ids of their fields need a number. */
export const AppForm = ({ action, app, shown, retry }: AppFormProps) => {
  const t = useTranslation()
  const errors = retry?.errors ?? {}
  // Other forms of the app have none of these fields.
  const value = (name: string, stored = '') =>
    retry?.fields[name] === undefined ? stored : textOf(retry.fields, name)
  const id = app ? `${app.id}-` : ''
  return (
    <PostForm action={action}>
      {shown && <AsShown values={shown} />}
      <FormError words={errors.form} />
      <Field
        id={`${id}name`}
        name="name"
        label={t('Name')}
        autocomplete="off"
        value={value('name', app?.name)}
        error={errors.name}
      />
      <Field
        id={`${id}origins`}
        name="origins"
        label={t('Origins')}
        autocomplete="off"
        hint={t(
          'For example https://app1.example.com. Separate several with spaces. Each one is a valid return address.',
        )}
        value={value('origins', app?.origins.join(' '))}
        error={errors.origins}
      />
      <div class="row">
        <Field
          id={`${id}start_url`}
          name="start_url"
          label={t('Start page')}
          autocomplete="off"
          hint={t('The address its tile opens, under one of the origins.')}
          value={value('start_url', app?.startUrl)}
          error={errors.start_url}
          optional
        />
        <Field
          id={`${id}icon`}
          name="icon"
          label={t('Icon')}
          autocomplete="off"
          hint={t('Up to three letters, or an emoji.')}
          value={value('icon', app?.icon)}
          error={errors.icon}
          optional
        />
      </div>
      <Field
        id={`${id}token_scopes`}
        name="token_scopes"
        label={t('Permissions of its own tokens')}
        autocomplete="off"
        hint={t(
          'What the app may do in other apps without a user, with its credentials. Separate several with spaces; * allows all.',
        )}
        value={value('token_scopes', app?.tokenScopes.join(' '))}
        error={errors.token_scopes}
        optional
      />
      <button class="button" type="submit">
        {t(app ? 'Save' : 'Register')}
      </button>
    </PostForm>
  )
}

export const RemoveApp = ({ app, shown }: { app: App; shown: Shown }) => {
  const t = useTranslation()
  return (
    <PostForm action={`/admin/apps/${app.id}/delete`}>
      <AsShown values={shown} />
      <button class="button quiet" type="submit" aria-label={t('Remove {name}', { name: app.name })}>
        {t('Remove')}
      </button>
    </PostForm>
  )
}
