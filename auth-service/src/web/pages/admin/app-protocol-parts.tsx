import type { Child } from 'hono/jsx'
import type { RegisteredApp } from '../../../apps/apps.ts'
import { AsShown, FormError, PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Problems } from '../../forms/form-page.ts'
import type { Shown } from '../../forms/stale-form.ts'
import { type Submission, textOf } from '../../forms/submission.ts'
import { type AdminContext, mayWrite } from '../../middleware/require-staff.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'

/** What a page about an app's sign-in shows, by OpenID Connect or by SAML. */
export interface AppProtocolViewProps extends Problems {
  readonly c: AdminContext
  readonly app: RegisteredApp
  /** The earlier input, if something was wrong with it. */
  readonly fields: Submission['fields'] | null
  /** The groups of the app that do not exist. */
  readonly missing: readonly string[]
  readonly authUrl: string
  /** How many devices are signed in to the app by a code of their own. Default: 0. */
  readonly devices?: number
}

interface LayoutProps extends Omit<AppProtocolViewProps, 'app' | 'fields' | 'authUrl'> {
  readonly title: string
  readonly intro: string
  readonly done: Readonly<Record<string, string>>
  readonly settings: Child
  /** Left out for administrators who may not change anything. */
  readonly forms: Child
}

/** The page around the settings and the forms. */
export const AppProtocolLayout = (props: LayoutProps) => {
  const { c, title, intro, done, missing, settings, forms, errors = {}, changed } = props
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={title} section="/admin/apps">
      <Done c={c} texts={done} />
      <FormError words={errors.form} />
      <ChangedMeanwhile changed={changed} />
      <p class="muted">{intro}</p>
      {!mayWrite(c) && <ReadOnly />}
      {missing.map((name) => (
        <p class="error">{t('There is no group “{name}”, so it has no members.', { name })}</p>
      ))}
      {settings}
      {mayWrite(c) && forms}
      <p>
        <a href="/admin/apps">{t('Back to all apps')}</a>
      </p>
    </AdminLayout>
  )
}

/** What the app must be told, and a hint. */
export const AppSettings = ({
  rows,
  children,
}: {
  readonly rows: readonly (readonly [name: string, value: string])[]
  readonly children?: Child
}) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="settings">
      <h2 id="settings">{t('Settings of the app')}</h2>
      <dl class="facts">
        {rows.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>
              <code class="letter">{value}</code>
            </dd>
          </>
        ))}
      </dl>
      {children}
    </section>
  )
}

/** The form that changes the settings. `isNew`: the app does not sign users in this way yet. */
export const AppProtocolForm = ({
  action,
  shown,
  isNew,
  children,
}: {
  readonly action: string
  readonly shown: Shown
  readonly isNew: boolean
  readonly children: Child
}) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="form">
      <h2 id="form">{t(isNew ? 'Set up' : 'Change')}</h2>
      <PostForm action={action}>
        <AsShown values={shown} />
        {children}
        <button class="button" type="submit">
          {t(isNew ? 'Set up' : 'Save')}
        </button>
      </PostForm>
    </section>
  )
}

/** The props of the form's fields, by name: with the earlier input, or what is stored, and with the error. */
export function fieldProps(
  fields: Submission['fields'] | null,
  shown: Shown,
  errors: NonNullable<Problems['errors']> = {},
) {
  const value = (name: string) => (fields ? textOf(fields, name) : String(shown[name] ?? ''))
  const area = (name: string) => ({ name, value: value(name), error: errors[name], optional: true })
  return {
    /** Of a `TextArea`. */
    area,
    /** Of a `Field`. */
    line: (name: string) => ({ ...area(name), autocomplete: 'off' }),
    /** Of a `Select`. */
    choice: (name: string) => ({ name, chosen: value(name), error: errors[name] }),
    /** Of a `Checkbox`. */
    tick: (name: string) => ({
      name,
      checked: fields ? fields[name] !== undefined && fields[name] !== false : shown[name] === true,
    }),
  }
}

/** The button that ends sign-in by this protocol. */
export const RemoveProtocol = ({
  action,
  shown,
  label,
}: {
  readonly action: string
  readonly shown: Shown
  readonly label: string
}) => (
  <PostForm action={`${action}/remove`}>
    <AsShown values={shown} />
    <button class="button quiet" type="submit">
      {label}
    </button>
  </PostForm>
)
