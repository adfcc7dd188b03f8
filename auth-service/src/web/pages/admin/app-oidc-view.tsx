import { message } from '../../../platform/i18n/message.ts'
import { Checkbox, Field, PostForm } from '../../components/form.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import { mayWrite } from '../../middleware/require-staff.ts'
import { addressOfOidc, OIDC_DONE, oidcShown } from './app-oidc-address.ts'
import {
  AppProtocolForm,
  AppProtocolLayout,
  type AppProtocolViewProps,
  AppSettings,
  fieldProps,
  RemoveProtocol,
} from './app-protocol-parts.tsx'
import { Select } from './select.tsx'

const METHODS = {
  client_secret_basic: message('Secret in the header (client_secret_basic)'),
  client_secret_post: message('Secret in the form (client_secret_post)'),
  private_key_jwt: message('Key pair (private_key_jwt)'),
  none: message('None: the app can’t keep a secret (none)'),
}

/** How an app signs users in by OpenID Connect: what its administrator needs, and what can be chosen. */
export const AppOidcView = ({ app, fields, authUrl, devices = 0, ...page }: AppProtocolViewProps) => {
  const t = useTranslation()
  return (
    <AppProtocolLayout
      {...page}
      title={t('OpenID Connect for {name}', { name: app.name })}
      intro={t(
        'For an app that can’t see the cookies of this domain: it sends its users here, and learns who they are. Users who are signed in need no form.',
      )}
      done={OIDC_DONE}
      settings={
        app.oidc && (
          <>
            <Settings {...{ app, authUrl }} />
            {(devices > 0 || app.oidc.deviceFlow) && (
              <Devices {...{ app, devices }} changeable={mayWrite(page.c)} />
            )}
          </>
        )
      }
      forms={
        <>
          <OidcForm {...{ app, fields, authUrl, errors: page.errors ?? {} }} />
          {app.oidc && (
            <RemoveProtocol
              action={addressOfOidc(app)}
              shown={oidcShown(app.oidc)}
              label={t('Remove OpenID Connect from {name}', { name: app.name })}
            />
          )}
        </>
      }
    />
  )
}

const Settings = ({ app, authUrl }: Pick<AppProtocolViewProps, 'app' | 'authUrl'>) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <AppSettings
      rows={[
        [t('Issuer'), authUrl],
        [t('Discovery'), `${authUrl}/.well-known/openid-configuration`],
        [t('Client ID'), app.clientId ?? ''],
        [t('Redirect URIs'), app.oidc?.redirectUris.join(' ') ?? ''],
      ]}
    >
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
    </AppSettings>
  )
}

/** The devices that are signed in. Without the device flow they stay, until they are signed out. */
const Devices = ({
  app,
  devices,
  changeable,
}: Pick<AppProtocolViewProps, 'app'> & { readonly devices: number; readonly changeable: boolean }) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="devices">
      <h2 id="devices">{t('Devices')}</h2>
      <p>
        {devices === 0
          ? t('No device is signed in.')
          : t('{count} {count:device is|devices are} signed in.', { count: devices })}
      </p>
      {!app.oidc?.deviceFlow && (
        <p class="muted small">
          {t('New devices can’t sign in. These stay signed in until you or their users sign them out.')}
        </p>
      )}
      {changeable && devices > 0 && (
        <PostForm action={`${addressOfOidc(app)}/sign-out-devices`}>
          <button class="button quiet" type="submit">
            {t('Sign out all devices of {name}', { name: app.name })}
          </button>
        </PostForm>
      )}
    </section>
  )
}

const OidcForm = ({
  app,
  fields,
  authUrl,
  errors,
}: Pick<AppProtocolViewProps, 'app' | 'fields' | 'authUrl' | 'errors'>) => {
  const t = useTranslation()
  const shown = oidcShown(app.oidc)
  const { line, choice, tick } = fieldProps(fields, shown, errors)
  return (
    <AppProtocolForm action={addressOfOidc(app)} shown={shown} isNew={app.oidc === null}>
      <Field
        {...line('redirect_uris')}
        label={t('Redirect URIs')}
        hint={t(
          'Where the browser returns after a sign-in, exactly as the app names it. Separate several with spaces.',
        )}
      />
      <Field
        {...line('post_logout_redirect_uris')}
        label={t('Addresses after a sign-out')}
        hint={t('Where the browser may return after a sign-out. Separate several with spaces.')}
      />
      <Select {...choice('auth_method')} label={t('How the app proves who it is')} options={METHODS} />
      <Field
        {...line('keys')}
        label={t('Public keys')}
        hint={t('For a key pair: the https address of its JWK Set, or the set itself as JSON.')}
      />
      <Field
        {...line('groups')}
        label={t('Groups')}
        hint={t('Only members of these groups, and superusers, may use it. Separate several with commas.')}
      />
      <Field
        {...line('back_channel_logout_uri')}
        label={t('Address for sign-outs')}
        hint={t('Where we tell the app that a session has ended (back-channel logout).')}
      />
      <Checkbox
        {...tick('first_party')}
        label={t('This app is our own')}
        hint={t(
          'Its users are not asked whether it may see their data, and it can get API tokens for itself.',
        )}
      />
      <Checkbox
        {...tick('device_flow')}
        label={t('Devices may sign in with a code')}
        hint={t(
          'For a TV or a command: it shows a code that its user types at {page}. Such an app needs no redirect URI.',
          { page: `${authUrl}/device` },
        )}
      />
    </AppProtocolForm>
  )
}
