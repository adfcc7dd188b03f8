import type { Dictionary } from '../language.ts'

/** Pages and messages about OpenID Connect. */
export const openidConnectInGerman: Dictionary = {
  // Sign-in
  'Sign in again to continue. You stay signed in to your other apps.':
    'Melden Sie sich noch einmal an, um fortzufahren. In Ihren anderen Apps bleiben Sie angemeldet.',
  'You are signed in as {email}. {app} asks you to confirm it.':
    'Sie sind als {email} angemeldet. {app} bittet Sie, das zu bestätigen.',
  '{app} expects another account.': '{app} erwartet ein anderes Konto.',

  // Consent
  'Continue to {app}?': 'Weiter zu {app}?',
  'You are signed in as {email}. {app} wants to see:': 'Sie sind als {email} angemeldet. {app} möchte sehen:',
  'That it is you: the number of your account': 'Dass Sie es sind: die Nummer Ihres Kontos',
  'Your name and your language': 'Ihren Namen und Ihre Sprache',
  'Your email address': 'Ihre E-Mail-Adresse',
  'Your groups, and whether you are staff': 'Ihre Gruppen und ob Sie zum Personal gehören',
  'You continue to {host}.': 'Danach geht es weiter zu {host}.',
  'You can withdraw this on your account page at any time.':
    'Auf Ihrer Kontoseite können Sie das jederzeit widerrufen.',
  'You can’t use this app': 'Sie können diese App nicht verwenden',
  'You are signed in as {email}, but {app} is only for certain groups. Ask your administrator for access.':
    'Sie sind als {email} angemeldet, aber {app} ist nur für bestimmte Gruppen. Bitten Sie Ihre Administration um Zugang.',
  'Back to {app}': 'Zurück zu {app}',

  // Errors
  'Sign-in not possible': 'Anmeldung nicht möglich',
  'You started to sign in too long ago, or in another browser. Go back to the app, and start again there.':
    'Sie haben die Anmeldung vor zu langer Zeit oder in einem anderen Browser begonnen. Gehen Sie zurück zur App und beginnen Sie dort noch einmal.',
  'The app that sent you here is not set up correctly. Please tell its administrator, with this code: {code}':
    'Die App, von der Sie kommen, ist nicht richtig eingerichtet. Bitte sagen Sie ihrer Administration Bescheid, mit diesem Code: {code}',

  // Sign-out
  'You signed out of {app}.': 'Sie haben sich bei {app} abgemeldet.',

  // History
  'Sign-in by OpenID Connect of an app changed': 'Anmeldung einer App über OpenID Connect geändert',
  'Sign-in by OpenID Connect of an app removed': 'Anmeldung einer App über OpenID Connect entfernt',
  'Allowed an app to see data of the account': 'Einer App erlaubt, Daten des Kontos zu sehen',
  'Access of an app withdrawn': 'Zugriff einer App widerrufen',
  'Signed out of an app because someone used an old copy of its token':
    'Von einer App abgemeldet, weil jemand eine alte Kopie ihres Tokens benutzt hat',

  // Clients
  'Choose one of: {methods}.': 'Wählen Sie eins von: {methods}.',
  'Enter at most {count} names of groups, separated by commas.':
    'Geben Sie höchstens {count} Namen von Gruppen ein, durch Kommas getrennt.',
  'Enter at least one redirect URI, e.g. https://app.example.com/callback.':
    'Geben Sie mindestens eine Redirect-URI ein, z. B. https://app.example.com/callback.',
  'Some of these addresses are for a web app, and others for an app on a device. Register two apps.':
    'Einige dieser Adressen gehören zu einer Web-App, andere zu einer App auf einem Gerät. Registrieren Sie zwei Apps.',
  'Enter at most {count} {count:address|addresses}.':
    'Geben Sie höchstens {count} {count:Adresse|Adressen} ein.',
  'Enter an address like https://app.example.com/logout, or leave this empty.':
    'Geben Sie eine Adresse wie https://app.example.com/logout ein, oder lassen Sie das Feld leer.',
  '“{uri}” is not a redirect URI. Write it like https://app.example.com/callback.':
    '„{uri}“ ist keine Redirect-URI. Schreiben Sie sie wie https://app.example.com/callback.',
  '“{uri}” is for an app without a secret. Choose the method “none”, or an https address.':
    '„{uri}“ ist für eine App ohne Secret. Wählen Sie die Methode „none“ oder eine https-Adresse.',
  '{uri} is not https, but this service is. Use an https address.':
    '{uri} ist nicht https, dieser Dienst aber schon. Verwenden Sie eine https-Adresse.',
  'Enter the public keys of the app: the https address of its JWK Set, or the set itself as JSON.':
    'Geben Sie die öffentlichen Schlüssel der App ein: die https-Adresse ihres JWK-Sets oder das Set selbst als JSON.',
  'These keys are not public. Enter only the public halves, without “d” and “k”.':
    'Diese Schlüssel sind nicht öffentlich. Geben Sie nur die öffentlichen Hälften ein, ohne „d“ und „k“.',
}
