import type { Dictionary } from '../language.ts'

/** The account page, its sections, and the history of an account. */
export const accountInGerman: Dictionary = {
  'Your account': 'Ihr Konto',
  'Hello, {name}': 'Hallo, {name}',
  Account: 'Konto',
  Administration: 'Verwaltung',
  'Back to your account': 'Zurück zu Ihrem Konto',
  'Your apps': 'Ihre Anwendungen',

  // Profile
  'About you': 'Über Sie',
  'Change your name': 'Namen ändern',
  Name: 'Name',
  'Member since': 'Dabei seit',
  Id: 'Kennung',
  Role: 'Rolle',
  Superuser: 'Superuser',
  Staff: 'Team',
  'Your name': 'Ihr Name',
  'The apps here call you by it.': 'So nennen die Anwendungen hier Sie.',
  Save: 'Speichern',

  // Sign-in
  'How you sign in': 'So melden Sie sich an',
  Confirmed: 'Bestätigt',
  'Changes to {email} as soon as you open the link that we have mailed there.':
    'Wird {email}, sobald Sie den Link öffnen, den wir dorthin geschickt haben.',
  'Change e-mail': 'E-Mail ändern',
  'To change it, ask the people who run this service.':
    'Wenden Sie sich für eine Änderung an die Betreiber dieses Dienstes.',
  'You have none.': 'Sie haben keines.',
  'Choose a password': 'Passwort wählen',
  'Changing it signs out all other devices.': 'Eine Änderung meldet alle anderen Geräte ab.',
  'Change password': 'Passwort ändern',
  'Please confirm that {email} is your address: open the link that we have mailed there. Without, we can’t help you if you forget your password.':
    'Bitte bestätigen Sie, dass {email} Ihre Adresse ist: Öffnen Sie den Link, den wir dorthin geschickt haben. Sonst können wir Ihnen nicht helfen, wenn Sie Ihr Passwort vergessen.',
  'Mail it again': 'Noch einmal schicken',
  'Change your e-mail': 'E-Mail-Adresse ändern',
  'Now it is {email}, and it stays so until you open the link that we mail to the new address.':
    'Bisher ist es {email}. Das bleibt so, bis Sie den Link öffnen, den wir an die neue Adresse schicken.',
  'New e-mail': 'Neue E-Mail-Adresse',
  'Your password': 'Ihr Passwort',
  'Mail me a link': 'Link schicken',
  'Change your password': 'Passwort ändern',
  'Your password until now': 'Bisheriges Passwort',
  'New password': 'Neues Passwort',
  'Stay signed in on this device': 'Auf diesem Gerät angemeldet bleiben',
  'All others are signed out.': 'Alle anderen werden abgemeldet.',

  // Sessions
  'Where you are signed in': 'Wo Sie angemeldet sind',
  'Sign out whatever you don’t recognise.': 'Melden Sie ab, was Sie nicht erkennen.',
  'This device': 'Dieses Gerät',
  'Last used {when}': 'Zuletzt benutzt: {when}',
  'Signed in on {when}': 'Angemeldet: {when}',
  'Signed in on {when} from {place}': 'Angemeldet: {when}, aus {place}',
  'Sign out {device}': '{device} abmelden',
  'Sign out all other devices': 'Alle anderen Geräte abmelden',
  'Sign out everywhere': 'Überall abmelden',
  'Unknown device': 'Unbekanntes Gerät',
  'Another program': 'Ein anderes Programm',
  '{browser} on {system}': '{browser} unter {system}',

  // Data
  'Your data': 'Ihre Daten',
  'Take everything that is stored about you with you, or have it deleted.':
    'Nehmen Sie alles mit, was über Sie gespeichert ist, oder lassen Sie es löschen.',
  'Download your data': 'Daten herunterladen',
  'Delete your account…': 'Konto löschen …',
  'Delete your account': 'Konto löschen',
  'Delete your account?': 'Konto löschen?',
  'You, {email}, will be signed out everywhere at once. After {time} your account is deleted for good, and every app here is told to forget you. Sign in before then, and nothing is deleted.':
    'Sie ({email}) werden sofort überall abgemeldet. Die Frist beträgt {time}; danach wird Ihr Konto endgültig gelöscht, und jede Anwendung hier erfährt, dass sie Sie vergessen soll. Melden Sie sich vorher an, dann wird nichts gelöscht.',
  'Delete my account': 'Mein Konto löschen',
  'Keep my account': 'Mein Konto behalten',

  // History
  Security: 'Sicherheit',
  'What happened to your account lately.': 'Was zuletzt mit Ihrem Konto geschah.',
  'Everything that happened': 'Alles, was geschah',
  'What happened to your account': 'Was mit Ihrem Konto geschah',
  'The newest comes first. After a year it is forgotten.':
    'Das Neueste steht oben. Nach einem Jahr wird es vergessen.',
  '{what}, {count} times': '{what}, {count}-mal',
  '{first} to {last}': '{first} bis {last}',
  Warning: 'Warnung',
  'Somebody used an old copy of one of your sign-ins, so we ended it. See below under <a>Security</a>, and sign out whatever you don’t recognise.':
    'Jemand hat eine alte Kopie einer Ihrer Anmeldungen benutzt; deshalb haben wir sie beendet. Sehen Sie unten unter <a>Sicherheit</a> nach, und melden Sie ab, was Sie nicht erkennen.',
  'Account created': 'Konto angelegt',
  'Signed in': 'Angemeldet',
  'Signed in by mail': 'Per E-Mail angemeldet',
  'Sign-in failed: wrong password': 'Anmeldung gescheitert: falsches Passwort',
  'Sign-in failed: wrong code': 'Anmeldung gescheitert: falscher Code',
  'Sign-in failed: switched off': 'Anmeldung gescheitert: Konto abgeschaltet',
  'Sign-in failed: e-mail address not confirmed': 'Anmeldung gescheitert: E-Mail-Adresse nicht bestätigt',
  'Signed out': 'Abgemeldet',
  'Signed in anew, in place of the sign-in before': 'Neu angemeldet anstelle der vorigen Anmeldung',
  'Signed out another device': 'Ein anderes Gerät abgemeldet',
  'Signed out the device unused for longest: 100 is the most':
    'Das am längsten unbenutzte Gerät abgemeldet: mehr als 100 sind nicht möglich',
  'More devices': 'Weitere Geräte',
  'Signed out all other devices': 'Alle anderen Geräte abgemeldet',
  'Signed out everywhere': 'Überall abgemeldet',
  'Signed out another device, by the people who run this service':
    'Ein anderes Gerät abgemeldet, durch die Betreiber dieses Dienstes',
  'Signed out all other devices, by the people who run this service':
    'Alle anderen Geräte abgemeldet, durch die Betreiber dieses Dienstes',
  'Signed out everywhere, by the people who run this service':
    'Überall abgemeldet, durch die Betreiber dieses Dienstes',
  'Somebody used an old copy of a sign-in, so we ended that sign-in':
    'Jemand benutzte eine alte Kopie einer Anmeldung; deshalb haben wir sie beendet',
  'Account switched off': 'Konto abgeschaltet',
  'Account switched on': 'Konto eingeschaltet',
  'Rights changed': 'Rechte geändert',
  'Deletion of the account requested': 'Löschung des Kontos verlangt',
  'Deletion of the account decided by the people who run this service':
    'Löschung des Kontos von den Betreibern dieses Dienstes veranlasst',
  'Deletion of the account cancelled': 'Löschung des Kontos aufgehoben',
  'Deletion of the account cancelled by the people who run this service':
    'Löschung des Kontos von den Betreibern dieses Dienstes aufgehoben',
  'Deletion of the account cancelled by signing in': 'Löschung des Kontos durch Anmelden aufgehoben',
  'E-mail address confirmed': 'E-Mail-Adresse bestätigt',
  'E-mail address confirmed by the people who run this service':
    'E-Mail-Adresse von den Betreibern dieses Dienstes bestätigt',
  'Link to confirm the e-mail address mailed': 'Link zur Bestätigung der E-Mail-Adresse geschickt',
  'Change of the e-mail address asked for': 'Änderung der E-Mail-Adresse verlangt',
  'E-mail address changed': 'E-Mail-Adresse geändert',
  'Name changed': 'Name geändert',
  'Password changed': 'Passwort geändert',
  'Your password was changed meanwhile, so nothing was done here. Try again with the new one.':
    'Ihr Passwort wurde inzwischen geändert, darum ist hier nichts geschehen. Versuchen Sie es mit dem neuen noch einmal.',
  'E-mail address confirmed; the password set before is void':
    'E-Mail-Adresse bestätigt; das zuvor gesetzte Passwort ist ungültig',
  'Change refused: wrong password': 'Änderung abgelehnt: falsches Passwort',
  'New password asked for by mail': 'Neues Passwort per E-Mail verlangt',
  'Link to a new password made, to be handed over': 'Link zu einem neuen Passwort erstellt, zum Weitergeben',
  'New password chosen by mail': 'Neues Passwort per E-Mail gewählt',
  'Sign-in by mail asked for': 'Anmeldung per E-Mail verlangt',
  'Account deleted': 'Konto gelöscht',
  'Group created': 'Gruppe angelegt',
  'Group renamed': 'Gruppe umbenannt',
  'Group deleted': 'Gruppe gelöscht',
  'Added to a group': 'In eine Gruppe aufgenommen',
  'Taken out of a group': 'Aus einer Gruppe genommen',
  'Added to a group: {group}': 'In eine Gruppe aufgenommen: {group}',
  'Taken out of a group: {group}': 'Aus einer Gruppe genommen: {group}',
  'App registered': 'Anwendung eingetragen',
  'App changed': 'Anwendung geändert',
  'App removed': 'Anwendung entfernt',
  'Somebody invited': 'Jemanden eingeladen',
  'Invitation sent again': 'Einladung erneut verschickt',
  'Invitation withdrawn': 'Einladung zurückgezogen',
  'Came by an invitation': 'Durch eine Einladung gekommen',
  'Account brought over from another system': 'Konto aus einem anderen System übernommen',
  'Signing keys rotated': 'Signaturschlüssel gewechselt',
  'Signing key removed': 'Signaturschlüssel entfernt',
  'This name was changed after the page was opened, in another tab or by an administrator. Nothing was saved. Save again to use what you typed.':
    'Dieser Name wurde geändert, nachdem die Seite geöffnet wurde: in einem anderen Tab oder von der Verwaltung. Es wurde nichts gespeichert. Speichern Sie noch einmal, um Ihre Eingabe zu übernehmen.',

  // Confirmation
  'Confirm that it is you': 'Bestätigen Sie, dass Sie es sind',
  'You are signed in as {email}, and last confirmed that more than 15 minutes ago. What you do next needs a new confirmation. Nothing is lost: we go on right after it.':
    'Sie sind als {email} angemeldet und haben das zuletzt vor mehr als 15 Minuten bestätigt. Der nächste Schritt verlangt eine neue Bestätigung. Nichts geht verloren: Danach geht es sofort weiter.',
  'Six digits that we have mailed to you, good for {minutes} minutes.':
    'Sechs Ziffern, die wir Ihnen gemailt haben. Sie gelten {minutes} Minuten.',
  'Confirm and go on': 'Bestätigen und weiter',
  Cancel: 'Abbrechen',
  'You have no password, and this service sends no mail. <a>Sign out</a>, then sign in again.':
    'Sie haben kein Passwort, und dieser Dienst verschickt keine E-Mails. <a>Melden Sie sich ab</a> und dann wieder an.',
  'Change refused: wrong code': 'Änderung abgelehnt: falscher Code',
}
