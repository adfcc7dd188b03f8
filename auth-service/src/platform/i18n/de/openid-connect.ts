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
  'Who you are: the identifier of your account': 'Wer Sie sind: die Kennung Ihres Kontos',
  'Your name and your language': 'Ihren Namen und Ihre Sprache',
  'Your email address': 'Ihre E-Mail-Adresse',
  'Your groups, and whether you are staff': 'Ihre Gruppen und ob Sie zum Team gehören',
  'You continue to {host}.': 'Danach geht es weiter zu {host}.',
  'You can withdraw this on your account page at any time.':
    'Auf Ihrer Kontoseite können Sie das jederzeit widerrufen.',
  '{host} is not registered here. Anyone can make such an app. Allow it only if you started this yourself, and know this address.':
    '{host} ist hier nicht registriert. Eine solche App kann jeder anbieten. Erlauben Sie es nur, wenn Sie das selbst begonnen haben und diese Adresse kennen.',
  'You continue to a program on this device. Any program here can claim to be this app.':
    'Danach geht es in einem Programm auf diesem Gerät weiter. Jedes Programm hier kann sich als diese App ausgeben.',
  'Its access ends with your session.': 'Der Zugriff endet mit Ihrer Sitzung.',
  'You can’t use this app': 'Sie können diese App nicht verwenden',
  'You are signed in as {email}, but {app} is only for certain groups. Ask your administrator for access.':
    'Sie sind als {email} angemeldet, aber {app} ist nur für bestimmte Gruppen. Bitten Sie die Administration um Zugang.',
  'Back to {app}': 'Zurück zu {app}',

  // Errors
  'Sign-in not possible': 'Anmeldung nicht möglich',
  'Sign-out not possible': 'Abmeldung nicht möglich',
  'This sign-out began too long ago, or is done already. Your account page shows whether you are still signed in.':
    'Diese Abmeldung wurde vor zu langer Zeit begonnen oder ist schon erledigt. Ihre Kontoseite zeigt, ob Sie noch angemeldet sind.',
  'You started to sign in too long ago, or in another browser. Go back to the app, and start again there.':
    'Sie haben die Anmeldung vor zu langer Zeit oder in einem anderen Browser begonnen. Gehen Sie zurück zur App und beginnen Sie dort noch einmal.',
  'The app that sent you here is not set up correctly. Please tell its administrator, with this code: {code}':
    'Die App, von der Sie kommen, ist nicht richtig eingerichtet. Bitte sagen Sie ihrer Administration Bescheid, mit diesem Code: {code}',

  // Sign-out
  'You signed out of {app}.': 'Sie haben sich bei {app} abgemeldet.',

  // History
  'OpenID Connect settings of an app changed': 'OpenID-Connect-Einstellungen einer App geändert',
  'OpenID Connect settings of an app removed': 'OpenID-Connect-Einstellungen einer App entfernt',
  'Allowed an app to see data of the account': 'Einer App erlaubt, Daten des Kontos zu sehen',
  'Allowed an app to see data of the account: {name}': 'Einer App erlaubt, Daten des Kontos zu sehen: {name}',
  'Access of an app withdrawn': 'Zugriff einer App widerrufen',
  'Access of an app withdrawn: {name}': 'Zugriff einer App widerrufen: {name}',
  'Signed out of an app because someone used an old copy of its token':
    'Bei einer App abgemeldet, weil jemand eine alte Kopie ihres Tokens benutzt hat',
  'client ID': 'Client-ID',
  'sign-in with a code': 'Anmeldung mit Code',

  // Devices
  '{app} on a device': '{app} auf einem Gerät',
  'This app is only for certain groups. Ask your administrator for access.':
    'Diese App ist nur für bestimmte Gruppen. Bitten Sie die Administration um Zugang.',
  'A device asks to sign in to {app} as {email}. {app} will see:':
    'Ein Gerät möchte sich als {email} bei {app} anmelden. {app} sieht dann:',
  'You can sign it out on your account page at any time.':
    'Sie können es jederzeit auf Ihrer Kontoseite abmelden.',
  'A device has signed in with your account': 'Ein Gerät hat sich mit Ihrem Konto angemeldet',
  'A device has signed in to {app} with your account. Someone allowed it on the page “Connect a device”.':
    'Ein Gerät hat sich mit Ihrem Konto bei {app} angemeldet. Jemand hat es auf der Seite „Gerät verbinden“ zugelassen.',
  'You can sign it out on your account page, under “Where you are signed in”.':
    'Sie können es auf Ihrer Kontoseite unter „Wo Sie angemeldet sind“ abmelden.',

  // Devices of an app
  Devices: 'Geräte',
  'No device is signed in.': 'Kein Gerät ist angemeldet.',
  '{count} {count:device is|devices are} signed in.': '{count} {count:Gerät ist|Geräte sind} angemeldet.',
  'New devices can’t sign in. These stay signed in until you or their users sign them out.':
    'Neue Geräte können sich nicht anmelden. Diese bleiben angemeldet, bis Sie oder ihre Benutzer sie abmelden.',
  'Sign out all devices of {name}': 'Alle Geräte von {name} abmelden',
  'All devices of this app are signed out.': 'Alle Geräte dieser App sind abgemeldet.',
  sessions: 'Sitzungen',
  'All devices of an app signed out': 'Alle Geräte einer App abgemeldet',

  // Clients
  'Choose one of: {methods}.': 'Erlaubt sind: {methods}.',
  'Enter at most {count} names of groups, separated by commas.':
    'Geben Sie höchstens {count} Namen von Gruppen ein, durch Kommas getrennt.',
  'Enter at least one redirect URI, e.g. https://app.example.com/callback, or allow sign-in with a code.':
    'Geben Sie mindestens eine Redirect-URI ein, z. B. https://app.example.com/callback, oder erlauben Sie die Anmeldung mit Code.',
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

  // Administration
  'OpenID Connect for {name}': 'OpenID Connect für {name}',
  'For an app that can’t see the cookies of this domain: it sends its users here, and learns who they are. Users who are signed in need no form.':
    'Für eine App, die die Cookies dieser Domain nicht sieht: Sie schickt ihre Benutzer hierher und erfährt, wer sie sind. Wer angemeldet ist, braucht kein Formular.',
  'Settings of the app': 'Einstellungen der App',
  Issuer: 'Aussteller (Issuer)',
  Discovery: 'Discovery',
  'Client ID': 'Client-ID',
  'Redirect URIs': 'Redirect-URIs',
  'The client secret is shown once, when you create it: {link}':
    'Das Client-Secret wird nur einmal angezeigt, wenn Sie es erstellen: {link}',
  'Credentials of {name}': 'Zugangsdaten von {name}',
  'Set up': 'Einrichten',
  'Where the browser returns after a sign-in, exactly as the app names it. Separate several with spaces.':
    'Wohin der Browser nach einer Anmeldung zurückkehrt, genau wie die App es angibt. Trennen Sie mehrere durch Leerzeichen.',
  'Addresses after a sign-out': 'Adressen nach einer Abmeldung',
  'Where the browser may return after a sign-out. Separate several with spaces.':
    'Wohin der Browser nach einer Abmeldung zurückkehren darf. Trennen Sie mehrere durch Leerzeichen.',
  'How the app proves who it is': 'Wie sich die App ausweist',
  'Secret in the header (client_secret_basic)': 'Secret im Header (client_secret_basic)',
  'Secret in the form (client_secret_post)': 'Secret im Formular (client_secret_post)',
  'Key pair (private_key_jwt)': 'Schlüsselpaar (private_key_jwt)',
  'None: the app can’t keep a secret (none)': 'Gar nicht: Die App kann kein Secret verwahren (none)',
  'Public keys': 'Öffentliche Schlüssel',
  'For a key pair: the https address of its JWK Set, or the set itself as JSON.':
    'Für ein Schlüsselpaar: die https-Adresse des JWK-Sets oder das Set selbst als JSON.',
  'Only members of these groups, and superusers, may use it. Separate several with commas.':
    'Nur Mitglieder dieser Gruppen und Superuser dürfen sie verwenden. Trennen Sie mehrere durch Kommas.',
  'Address for sign-outs': 'Adresse für Abmeldungen',
  'Where we tell the app that a session has ended (back-channel logout).':
    'Wo wir der App mitteilen, dass eine Sitzung beendet ist (Back-Channel-Logout).',
  'This app is our own': 'Diese App ist unsere eigene',
  'Its users are not asked whether it may see their data, and it can get API tokens for itself.':
    'Ihre Benutzer werden nicht gefragt, ob sie ihre Daten sehen darf, und sie kann API-Tokens für sich selbst erhalten.',
  'Devices may sign in with a code': 'Geräte dürfen sich mit einem Code anmelden',
  'For a TV or a command: it shows a code that its user types at {page}. Such an app needs no redirect URI.':
    'Für einen Fernseher oder ein Programm auf der Kommandozeile: Es zeigt einen Code an, der unter {page} eingegeben wird. Eine solche App braucht keine Redirect-URI.',
  'Remove OpenID Connect from {name}': 'OpenID Connect von {name} entfernen',
  'Saved. Other processes of this service apply it within seconds.':
    'Gespeichert. Andere Prozesse dieses Dienstes übernehmen es innerhalb weniger Sekunden.',
  'This app no longer signs users in by OpenID Connect. All its tokens have ended.':
    'Diese App meldet niemanden mehr über OpenID Connect an. Alle ihre Tokens sind ungültig.',

  // Account
  'Apps with access to your data': 'Apps mit Zugriff auf Ihre Daten',
  'You allowed these apps to see data of your account when you signed in there.':
    'Sie haben diesen Apps beim Anmelden erlaubt, Daten Ihres Kontos zu sehen.',
  'Allowed on {when}': 'Erlaubt am {when}',
  'Withdraw access: {name}': 'Zugriff widerrufen: {name}',
  'Withdraw access': 'Zugriff widerrufen',
  'That app no longer has access to your data, and you are signed out there.':
    'Diese App hat keinen Zugriff mehr auf Ihre Daten, und Sie sind dort abgemeldet.',
}
