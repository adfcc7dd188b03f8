import { message } from '../../../platform/i18n/message.ts'
import { entityIdOf, SAML_ROUTES, startPath } from '../../../saml/saml-routes.ts'
import { Checkbox, Field, TextArea } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import {
  AppProtocolForm,
  AppProtocolLayout,
  type AppProtocolViewProps,
  AppSettings,
  fieldProps,
  RemoveProtocol,
} from './app-protocol-parts.tsx'
import { addressOfSaml, SAML_DONE, samlShown } from './app-saml-address.ts'
import { MetadataFileField } from './metadata-file-field.tsx'
import { Select } from './select.tsx'

const FORMATS = {
  persistent: message('A permanent identifier, the same everywhere (persistent)'),
  email: message('The email address (emailAddress)'),
  transient: message('Another one in each session (transient)'),
}

const BINDINGS = {
  redirect: message('In the address (HTTP-Redirect)'),
  post: message('In a form (HTTP-POST)'),
}

/** How an app signs users in by SAML: what its administrator needs, and what can be chosen. */
export const AppSamlView = ({ app, fields, authUrl, ...page }: AppProtocolViewProps) => {
  const t = useTranslation()
  return (
    <AppProtocolLayout
      {...page}
      title={t('SAML for {name}', { name: app.name })}
      intro={t(
        'For an app that speaks SAML 2.0 and not OpenID Connect: it sends its users here, and learns who they are. Users who are signed in need no form.',
      )}
      done={SAML_DONE}
      settings={app.saml && <Settings {...{ app, authUrl }} />}
      forms={
        <>
          <SamlForm {...{ app, fields, errors: page.errors ?? {} }} />
          {app.saml && (
            <RemoveProtocol
              action={addressOfSaml(app)}
              shown={samlShown(app.saml)}
              label={t('Remove SAML from {name}', { name: app.name })}
            />
          )}
        </>
      }
    />
  )
}

const Settings = ({ app, authUrl }: Pick<AppProtocolViewProps, 'app' | 'authUrl'>) => {
  const t = useTranslation()
  const begins = [t('Sign-in that begins here'), authUrl + startPath(app.id)] as const
  return (
    <AppSettings
      rows={[
        [t('Metadata, and entity ID'), entityIdOf(authUrl)],
        [t('Sign-in (SSO)'), authUrl + SAML_ROUTES.sso],
        [t('Sign-out (SLO)'), authUrl + SAML_ROUTES.slo],
        // Without the option, the address does not exist.
        ...(app.saml?.startsHere ? [begins] : []),
        [t('Entity ID of the app'), app.saml?.entityId ?? ''],
      ]}
    >
      <p class="muted small">
        {t('Give the app our metadata: it contains these addresses and our certificate.')}
      </p>
    </AppSettings>
  )
}

const SamlForm = ({ app, fields, errors }: Pick<AppProtocolViewProps, 'app' | 'fields' | 'errors'>) => {
  const t = useTranslation()
  const shown = samlShown(app.saml)
  const { line, area, choice, tick } = fieldProps(fields, shown, errors)
  return (
    <AppProtocolForm action={addressOfSaml(app)} shown={shown} isNew={app.saml === null}>
      <TextArea
        {...area('metadata')}
        label={t('Metadata of the app')}
        rows={5}
        hint={t(
          'Paste its XML. It fills in the addresses and certificates below, and takes precedence over what is there. Without it, fill them in by hand.',
        )}
      />
      <MetadataFileField of="metadata" />
      <Field {...line('entity_id')} label={t('Entity ID of the app')} />
      <Field
        {...line('acs_urls')}
        label={t('Addresses for responses (ACS)')}
        hint={t(
          'Where the browser delivers our responses, exactly as the app names them; the first one is the default. Separate several with spaces.',
        )}
      />
      <Field {...line('slo_url')} label={t('Address for sign-outs (SLO)')} />
      <Select
        {...choice('slo_binding')}
        label={t('How messages about sign-outs are sent')}
        options={BINDINGS}
      />
      <Field {...line('slo_response_url')} label={t('Another address for responses to sign-outs')} />
      <Field
        {...line('slo_soap_url')}
        label={t('Address for sign-outs without a browser (SLO by SOAP)')}
        hint={t(
          'This service sends its messages there itself, so that sign-outs everywhere and by administrators reach the app. The browser does not visit the app then.',
        )}
      />
      <TextArea
        {...area('certificates')}
        label={t('Certificates with which the app signs')}
        rows={4}
        hint={t('As PEM. Enter two while the app changes its key.')}
      />
      <TextArea
        {...area('encryption_certificate')}
        label={t('Certificate for which assertions are encrypted')}
        rows={4}
        hint={t('As PEM. Without it, the first one above is used.')}
      />
      <Select
        {...choice('name_id_format')}
        label={t('How the app identifies a user (NameID)')}
        options={FORMATS}
      />
      <Field
        {...line('groups')}
        label={t('Groups')}
        hint={t('Only members of these groups, and superusers, may use it. Separate several with commas.')}
      />
      <Checkbox
        {...tick('signed_requests')}
        label={t('Refuse requests without a signature')}
        hint={t('Choose this if the app signs its requests.')}
      />
      <Checkbox
        {...tick('encrypt_assertions')}
        label={t('Encrypt assertions')}
        hint={t('What the app learns is then hidden from the browser, too.')}
      />
      <Checkbox
        {...tick('starts_here')}
        label={t('Start from the account page')}
        hint={t('Its link there begins a sign-in without a request of the app (IdP-initiated).')}
      />
    </AppProtocolForm>
  )
}
