import type { Dictionary } from '../language.ts'

/** API tokens, credentials and permissions of apps. */
export const tokensInGerman: Dictionary = {
  // Input
  'Choose at least one app.': 'Wählen Sie mindestens eine App.',
  'Permissions must be a list of names.': 'Berechtigungen müssen eine Liste von Namen sein.',
  'Choose when the token expires: 30d, 90d, 1y, never, or a date like 2030-12-31.':
    'Wählen Sie, wann das Token abläuft: 30d, 90d, 1y, never oder ein Datum wie 2030-12-31.',
  'This date is in the past.': 'Dieses Datum liegt in der Vergangenheit.',
  'Tokens live for at most {time} here. Choose an earlier date.':
    'Tokens gelten hier höchstens {time}. Wählen Sie ein früheres Datum.',
  'The longest time: {time}': 'So lange wie möglich: {time}',
  'There is no app “{app}”. Choose registered apps.':
    'Es gibt keine App „{app}“. Wählen Sie registrierte Apps.',
  'None of the chosen apps has the permission “{scope}”.':
    'Keine der gewählten Apps hat die Berechtigung „{scope}“.',
  'You have {count} API tokens, which is the limit. Revoke one that you no longer use.':
    'Sie haben {count} API-Tokens, mehr sind nicht möglich. Widerrufen Sie eines, das Sie nicht mehr brauchen.',
  'This account will be deleted, so it can’t get an API token. To keep the account, sign in.':
    'Dieses Konto wird bald gelöscht und kann deshalb kein API-Token erhalten. Melden Sie sich an, um das Konto zu behalten.',
  'This account is disabled.': 'Dieses Konto ist deaktiviert.',
  'Use letters, digits and . _ : / - in names of permissions.':
    'Verwenden Sie in Namen von Berechtigungen Buchstaben, Ziffern und . _ : / -.',
  'Send a list of permissions, each with a name.':
    'Senden Sie eine Liste von Berechtigungen, jede mit einem Namen.',
  'An app can have at most {count} permissions.': 'Eine App kann höchstens {count} Berechtigungen haben.',
  // Pages of the account
  'API tokens': 'API-Tokens',
  'Let a script or a phone sign in without your password.':
    'Geben Sie einem Skript oder Telefon Zugriff, ohne Ihr Passwort weiterzugeben.',
  'You have {tokens} {tokens:token|tokens}.': 'Sie haben {tokens} {tokens:Token|Tokens}.',
  'Scripts and devices with your API tokens still have access. <tokens>Check your API tokens.</tokens>':
    'Skripte und Geräte mit Ihren API-Tokens haben weiterhin Zugriff. <tokens>Prüfen Sie Ihre API-Tokens.</tokens>',
  'Manage API tokens': 'API-Tokens verwalten',
  '30 days': '30 Tage',
  '90 days': '90 Tage',
  'One year': 'Ein Jahr',
  'No expiry date': 'Unbefristet',
  'On a date': 'Bis zu einem bestimmten Datum',
  'What it is for, for example “Backup script”.': 'Wofür Sie es brauchen, zum Beispiel „Backup-Skript“.',
  'Which apps accept it?': 'Welche Apps sollen es akzeptieren?',
  'All apps': 'Alle Apps',
  'Also apps that are added later.': 'Auch Apps, die später hinzukommen.',
  'What may it do there?': 'Was darf es dort?',
  Expires: 'Gültigkeit',
  Date: 'Datum',
  'If it expires on a date: year-month-day, for example 2030-12-31.':
    'Nur für ein bestimmtes Datum: Jahr-Monat-Tag, zum Beispiel 2030-12-31.',
  'Create token': 'Token erstellen',
  'Only for apps that were removed': 'Nur für Apps, die entfernt wurden',
  'Never used': 'Noch nie benutzt',
  'Last used {when} in {app} from {address}': 'Zuletzt benutzt {when} in {app} von {address}',
  'Last used {when} in {app}': 'Zuletzt benutzt {when} in {app}',
  'Created on {when}': 'Erstellt am {when}',
  'Created on {when}, never expires': 'Erstellt am {when}, läuft nie ab',
  'Created on {when}, expires on {until}': 'Erstellt am {when}, läuft am {until} ab',
  'Created by an administrator': 'Von der Administration erstellt',
  'Created with {device}': 'Erstellt mit {device}',
  'Created with {device} from {place}': 'Erstellt mit {device}, {place}',
  'Revoke {name}': '{name} widerrufen',
  Revoke: 'Widerrufen',
  'Revoke all': 'Alle widerrufen',
  'The token is revoked. Apps refuse it from now on.':
    'Das Token ist widerrufen. Apps lehnen es ab sofort ab.',
  'All your API tokens are revoked. Apps refuse them from now on.':
    'Alle Ihre API-Tokens sind widerrufen. Apps lehnen sie ab sofort ab.',
  'A script, a phone or a scheduled job signs in with a token instead of your password. Treat a token like a password, and revoke it when you no longer need it.':
    'Ein Skript, ein Telefon oder eine geplante Aufgabe meldet sich mit einem Token statt mit Ihrem Passwort an. Behandeln Sie ein Token wie ein Passwort und widerrufen Sie es, wenn Sie es nicht mehr brauchen.',
  'Your tokens': 'Ihre Tokens',
  'Create a token': 'Token erstellen',
  'No app accepts API tokens yet. Your administrator can give apps credentials.':
    'Noch akzeptiert keine App API-Tokens. Die Administration kann Apps Zugangsdaten geben.',
  'Your new token': 'Ihr neues Token',
  'Copy your new token now. You can’t see it again: {token}':
    'Kopieren Sie Ihr neues Token jetzt. Es wird nicht noch einmal angezeigt: {token}',
  'Try it: {command}': 'Zum Ausprobieren: {command}',

  // Devices without a browser
  'No device is waiting for this code. Codes are valid for ten minutes: check the code, or start again on the device.':
    'Kein Gerät wartet auf diesen Code. Codes gelten zehn Minuten. Prüfen Sie den Code oder beginnen Sie auf dem Gerät von vorn.',
  'Your device can sign in now. You can close this page.':
    'Ihr Gerät kann sich jetzt anmelden. Sie können diese Seite schließen.',
  'Denied. The device gets no access.': 'Abgelehnt. Das Gerät erhält keinen Zugriff.',
  'Connect a device': 'Gerät verbinden',
  'The eight letters that your device shows.': 'Die acht Buchstaben, die Ihr Gerät anzeigt.',
  'Does your device show this code? {code}': 'Zeigt Ihr Gerät diesen Code? {code}',
  '{device} asks for access to all apps as {email}.': '{device} möchte als {email} auf alle Apps zugreifen.',
  '{device} of the app {client} asks for access to all apps as {email}.':
    '{device} der App {client} möchte als {email} auf alle Apps zugreifen.',
  'Permissions: {scopes}': 'Berechtigungen: {scopes}',
  'It asked {when}, from {place}.': 'Die Anfrage kam {when}. Ort: {place}',
  'It asked {when}.': 'Die Anfrage kam {when}.',
  'If you did not start this on a device of your own, deny it: someone may want to use your account.':
    'Wenn Sie das nicht auf einem eigenen Gerät begonnen haben, lehnen Sie ab: Jemand könnte Ihr Konto benutzen wollen.',
  Allow: 'Zulassen',
  Deny: 'Ablehnen',

  // Emails
  'A new API token for your account': 'Ein neues API-Token für Ihr Konto',
  'Someone created the API token “{name}” with your email and password.':
    'Jemand hat mit Ihrer E-Mail-Adresse und Ihrem Passwort das API-Token „{name}“ erstellt.',
  'The device “{name}” now has an API token for your account. Someone allowed it on the page “Connect a device”.':
    'Das Gerät „{name}“ hat jetzt ein API-Token für Ihr Konto. Jemand hat es auf der Seite „Gerät verbinden“ zugelassen.',
  'You can revoke it on your account page, under “API tokens”.':
    'Auf Ihrer Kontoseite können Sie es unter „API-Tokens“ widerrufen.',

  // Pages of the administration
  Credentials: 'Zugangsdaten',
  'With credentials the app can accept API tokens and publish its permissions.':
    'Mit Zugangsdaten kann die App API-Tokens akzeptieren und ihre Berechtigungen veröffentlichen.',
  'Created on {when}, works until {until}': 'Erstellt am {when}, gilt noch bis {until}',
  'Create credentials': 'Zugangsdaten erstellen',
  'New secret': 'Neues Secret',
  'The current secret works for seven more days.': 'Das aktuelle Secret gilt noch sieben Tage.',
  'The app has two secrets. Revoke the older one before you create another.':
    'Die App hat zwei Secrets. Widerrufen Sie das ältere, bevor Sie ein neues erstellen.',
  'New credentials': 'Neue Zugangsdaten',
  'Set these in the environment of the app now. You can’t see the secret again.':
    'Tragen Sie diese Werte jetzt in die Umgebungsvariablen der App ein. Das Secret wird nicht noch einmal angezeigt.',
  'The secret is revoked. The app can’t use it from now on.':
    'Das Secret ist widerrufen. Die App kann es ab sofort nicht mehr benutzen.',
  'All API tokens of this person are revoked.': 'Alle API-Tokens dieser Person sind widerrufen.',

  // Permissions
  Permissions: 'Berechtigungen',
  Permission: 'Berechtigung',
  'Apps define in their code what each group may do there. Superusers may do everything. To change what a person may do, change their groups.':
    'Apps legen in ihrem Code fest, was jede Gruppe dort darf. Superuser dürfen alles. Was eine Person darf, ändern Sie über ihre Gruppen.',
  'No app has published permissions yet. An app with credentials does so when it starts.':
    'Noch hat keine App Berechtigungen veröffentlicht. Eine App mit Zugangsdaten tut das beim Start.',
  'No group': 'Keine Gruppe',
  Yes: 'Ja',
  'None through groups.': 'Keine über Gruppen.',
  'None: the account is disabled.': 'Keine: Das Konto ist deaktiviert.',
  'As a superuser': 'Als Superuser',
  'Through {groups}': 'Über {groups}',
  'Apps can grant more in their own code.':
    'Apps können in ihrem eigenen Code weitere Berechtigungen vergeben.',

  // Requests of apps
  'Two permissions have the same name.': 'Zwei Berechtigungen haben denselben Namen.',
}
