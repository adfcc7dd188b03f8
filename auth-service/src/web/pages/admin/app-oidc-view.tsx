import type { RegisteredApp } from '../../../apps/apps.ts'
import { message } from '../../../platform/i18n/message.ts'
import { AsShown, Checkbox, Field, FormError, PostForm } from '../../components/form.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import type { Problems } from '../../forms/form-page.ts'
import { type Submission, textOf } from '../../forms/submission.ts'
import { type AdminContext, mayWrite } from '../../middleware/require-staff.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { addressOfOidc, OIDC_DONE, oidcShown } from './app-oidc-address.ts'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { Select } from './select.tsx'

interface AppOidcViewProps extends Problems {
  readonly c: AdminContext
  readonly app: RegisteredApp
  /** The earlier input, if something was wrong with it. */
  readonly fields: Submission['fields'] | null
  /** The groups of the app that do not exist. */
  readonly missing: readonly string[]
  /** AUTH_URL. */
  readonly issuer: string
}

const METHODS = {
  client_secret_basic: message('Secret in the header (client_secret_basic)'),
  client_secret_post: message('Secret in the form (client_secret_post)'),
  private_key_jwt: message('Key pair (private_key_jwt)'),
  none: message('None: the app can’t keep a secret (none)'),
}

/** How an app signs users in by OpenID Connect: what its administrator needs, and what can be chosen. */
export const AppOidcView = ({ c, app, fields, missing, issuer, errors = {}, changed }: AppOidcViewProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={t('OpenID Connect for {name}', { name: app.name })} section="/admin/apps">
      <Done c={c} texts={OIDC_DONE} />
      <FormError words={errors.form} />
      <ChangedMeanwhile changed={changed} />
      <p class="muted">
        {t(
          'For an app that can’t see the cookies of this domain: it sends its users here, and learns who they are. Users who are signed in need no form.',
        )}
      </p>
      {!mayWrite(c) && <ReadOnly />}
      {missing.map((name) => (
        <p class="error">{t('There is no group “{name}”, so no one passes as its member.', { name })}</p>
      ))}
      {app.oidc && <Settings {...{ app, issuer }} />}
      {mayWrite(c) && <OidcForm {...{ app, fields, errors }} />}
      {mayWrite(c) && app.oidc && <RemoveOidc app={app} />}
      <p>
        <a href="/admin/apps">{t('Back to all apps')}</a>
      </p>
    </AdminLayout>
  )
}

/** What the app must be told. */
const Settings = ({ app, issuer }: Pick<AppOidcViewProps, 'app' | 'issuer'>) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const rows = [
    [t('Issuer'), issuer],
    [t('Discovery'), `${issuer}/.well-known/openid-configuration`],
    [t('Client ID'), app.clientId ?? ''],
    [t('Redirect URIs'), app.oidc?.redirectUris.join(' ') ?? ''],
  ]
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
      {app.oidc?.authMethod.startsWith('client_secret') && (
        <p class="muted small">
          {rich('The client secret is shown once, when you create it: {link}', {
            link: (
              <a href={`/admin/apps?change=${app.id}#app-${app.id}`}>
                {t('Credentials of {name}', { name: app.name })}
              </a>
            ),
          })}
        </p>
      )}
    </section>
  )
}

const OidcForm = ({ app, fields, errors = {} }: Pick<AppOidcViewProps, 'app' | 'fields' | 'errors'>) => {
  const t = useTranslation()
  const shown = oidcShown(app.oidc)
  const value = (name: string) => (fields ? textOf(fields, name) : String(shown[name]))
  return (
    <section class="card" aria-labelledby="form">
      <h2 id="form">{t(app.oidc ? 'Change' : 'Set up')}</h2>
      <PostForm action={addressOfOidc(app)}>
        <AsShown values={shown} />
        <Field
          name="redirect_uris"
          label={t('Redirect URIs')}
          autocomplete="off"
          hint={t(
            'Where the browser returns after a sign-in, exactly as the app names it. Separate several with spaces.',
          )}
          value={value('redirect_uris')}
          error={errors.redirect_uris}
        />
        <Field
          name="post_logout_redirect_uris"
          label={t('Addresses after a sign-out')}
          autocomplete="off"
          hint={t('Where the browser may return after a sign-out. Separate several with spaces.')}
          value={value('post_logout_redirect_uris')}
          error={errors.post_logout_redirect_uris}
          optional
        />
        <Select
          name="auth_method"
          label={t('How the app proves who it is')}
          options={METHODS}
          chosen={value('auth_method')}
        />
        <FormError words={errors.auth_method} />
        <Field
          name="keys"
          label={t('Public keys')}
          autocomplete="off"
          hint={t('For a key pair: the https address of its JWK Set, or the set itself as JSON.')}
          value={value('keys')}
          error={errors.keys}
          optional
        />
        <Field
          name="groups"
          label={t('Groups')}
          autocomplete="off"
          hint={t('Only members of these groups, and superusers, may use it. Separate several with commas.')}
          value={value('groups')}
          error={errors.groups}
          optional
        />
        <Field
          name="back_channel_logout_uri"
          label={t('Address for sign-outs')}
          autocomplete="off"
          hint={t('Where we tell the app that a session has ended (back-channel logout).')}
          value={value('back_channel_logout_uri')}
          error={errors.back_channel_logout_uri}
          optional
        />
        <Checkbox
          name="first_party"
          label={t('This app is our own')}
          hint={t('Its users are not asked whether it may see their data.')}
          checked={
            fields
              ? fields.first_party !== undefined && fields.first_party !== false
              : shown.first_party === true
          }
        />
        <button class="button" type="submit">
          {t(app.oidc ? 'Save' : 'Set up')}
        </button>
      </PostForm>
    </section>
  )
}

const RemoveOidc = ({ app }: Pick<AppOidcViewProps, 'app'>) => {
  const t = useTranslation()
  return (
    <PostForm action={`${addressOfOidc(app)}/remove`}>
      <AsShown values={oidcShown(app.oidc)} />
      <button class="button quiet" type="submit">
        {t('Remove OpenID Connect from {name}', { name: app.name })}
      </button>
    </PostForm>
  )
}
