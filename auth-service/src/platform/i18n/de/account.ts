import type { Dictionary } from '../language.ts'

/** The account page, its sections, and the history of an account. */
export const accountInGerman: Dictionary = {
  'Your account': 'Ihr Konto',
  'Hello, {name}': 'Hallo, {name}',
  Account: 'Konto',
  Administration: 'Verwaltung',
  'Back to your account': 'Zurück zu Ihrem Konto',
  'Your apps': 'Ihre Apps',

  // Profile
  'About you': 'Über Sie',
  'Change your name': 'Namen ändern',
  Name: 'Name',
  'Member since': 'Mitglied seit',
  ID: 'ID',
  Role: 'Rolle',
  Superuser: 'Superuser',
  Staff: 'Team',
  'Your name': 'Ihr Name',
  'Apps show this name.': 'Apps zeigen diesen Namen an.',
  Save: 'Speichern',

  // Sign-in
  'How you sign in': 'Anmeldung',
  Confirmed: 'Bestätigt',
  'Changes to {email} when you open the link that we sent there.':
    'Wird zu {email}, sobald Sie den Link öffnen, den wir dorthin geschickt haben.',
  'Change email': 'E-Mail-Adresse ändern',
  'To change it, ask your administrator.': 'Wenden Sie sich für eine Änderung an die Administration.',
  'You have no password.': 'Sie haben kein Passwort.',
  'Choose a password': 'Passwort wählen',
  'Changing it signs out all your other devices.':
    'Wenn Sie es ändern, werden alle anderen Geräte abgemeldet.',
  'Change password': 'Passwort ändern',
  'Please confirm that {email} is your address: open the link that we sent there. Until you do, we can’t help you if you forget your password.':
    'Bitte bestätigen Sie, dass {email} Ihre Adresse ist: Öffnen Sie den Link, den wir dorthin geschickt haben. Sonst können wir Ihnen nicht helfen, wenn Sie Ihr Passwort vergessen.',
  'Send it again': 'Erneut senden',
  'Change your email': 'E-Mail-Adresse ändern',
  'Your address is {email}. It changes when you open the link that we send to the new address.':
    'Ihre Adresse ist {email}. Sie ändert sich, sobald Sie den Link öffnen, den wir an die neue Adresse schicken.',
  'New email': 'Neue E-Mail-Adresse',
  'Your password': 'Ihr Passwort',
  'Send me a link': 'Link senden',
  'Change your password': 'Passwort ändern',
  'Current password': 'Aktuelles Passwort',
  'New password': 'Neues Passwort',
  'Stay signed in on this device': 'Auf diesem Gerät angemeldet bleiben',
  'All other devices will be signed out.': 'Alle anderen Geräte werden abgemeldet.',

  // Sessions
  'Where you are signed in': 'Wo Sie angemeldet sind',
  'Sign out any device you don’t recognise.': 'Melden Sie jedes Gerät ab, das Sie nicht kennen.',
  'This device': 'Dieses Gerät',
  'Last used {when}': 'Zuletzt aktiv: {when}',
  'Signed in on {when}': 'Angemeldet: {when}',
  'Signed in on {when} from {place}': 'Angemeldet: {when}, {place}',
  'Sign out {device}': '{device} abmelden',
  'Sign out all other devices': 'Alle anderen Geräte abmelden',
  'Sign out everywhere': 'Überall abmelden',
  'Unknown device': 'Unbekanntes Gerät',
  'Another program': 'Ein anderes Programm',
  '{browser} on {system}': '{browser} unter {system}',

  // Data
  'Your data': 'Ihre Daten',
  'Download everything that is stored about you, or delete your account.':
    'Laden Sie alles herunter, was über Sie gespeichert ist, oder löschen Sie Ihr Konto.',
  'Download your data': 'Daten herunterladen',
  'Delete your account…': 'Konto löschen …',
  'Delete your account': 'Konto löschen',
  'Delete your account?': 'Konto löschen?',
  'You are signed in as {email}. You will be signed out everywhere at once. Your account is deleted permanently after {time}, and the apps are told to delete your data. To keep your account, sign in before then.':
    'Sie sind als {email} angemeldet. Sie werden sofort überall abgemeldet. Die Frist beträgt {time}. Danach wird Ihr Konto endgültig gelöscht, und die Apps werden angewiesen, Ihre Daten zu löschen. Wenn Sie sich vorher wieder anmelden, bleibt das Konto erhalten.',
  'Delete my account': 'Mein Konto löschen',
  'Keep my account': 'Mein Konto behalten',

  // History
  Security: 'Sicherheit',
  'Recent activity in your account.': 'Letzte Aktivitäten in Ihrem Konto.',
  'All activity': 'Alle Aktivitäten',
  'Account activity': 'Kontoaktivitäten',
  'Newest first. Entries are deleted after one year.':
    'Neueste zuerst. Einträge werden nach einem Jahr gelöscht.',
  '{what}, {count} {count:time|times}': '{what}, {count}-mal',
  '{first} to {last}': '{first} bis {last}',
  Warning: 'Warnung',
  'Someone used an old copy of one of your sessions, so we ended that session. See <a>Security</a> below, and sign out any device you don’t recognise.':
    'Jemand hat eine alte Kopie einer Ihrer Sitzungen verwendet. Wir haben diese Sitzung beendet. Sehen Sie unten unter <a>Sicherheit</a> nach und melden Sie jedes Gerät ab, das Sie nicht kennen.',
  'Account created': 'Konto erstellt',
  'Signed in': 'Angemeldet',
  'Signed in by email': 'Per E-Mail angemeldet',
  'Sign-in failed: wrong password': 'Anmeldung fehlgeschlagen: falsches Passwort',
  'Sign-in failed: wrong code': 'Anmeldung fehlgeschlagen: falscher Code',
  'Sign-in failed: account disabled': 'Anmeldung fehlgeschlagen: Konto deaktiviert',
  'Sign-in failed: email address not confirmed': 'Anmeldung fehlgeschlagen: E-Mail-Adresse nicht bestätigt',
  'Signed out': 'Abgemeldet',
  'Signed in again, which replaced the previous session':
    'Erneut angemeldet; die vorige Sitzung wurde ersetzt',
  'Signed out another device': 'Ein anderes Gerät abgemeldet',
  'Signed out the device that was unused the longest (limit: 100 devices)':
    'Das am längsten unbenutzte Gerät abgemeldet (Grenze: 100 Geräte)',
  'More devices': 'Weitere Geräte',
  'Signed out all other devices': 'Alle anderen Geräte abgemeldet',
  'Signed out everywhere': 'Überall abgemeldet',
  'Another device signed out by an administrator': 'Ein anderes Gerät durch die Administration abgemeldet',
  'All other devices signed out by an administrator':
    'Alle anderen Geräte durch die Administration abgemeldet',
  'Signed out everywhere by an administrator': 'Durch die Administration überall abgemeldet',
  'Session ended because someone used an old copy of it':
    'Sitzung beendet, weil jemand eine alte Kopie davon verwendet hat',
  'Account disabled': 'Konto deaktiviert',
  'Account enabled': 'Konto aktiviert',
  'Rights changed': 'Rechte geändert',
  'Account deletion requested': 'Kontolöschung beantragt',
  'Account deletion scheduled by an administrator': 'Kontolöschung durch die Administration veranlasst',
  'Account deletion cancelled': 'Kontolöschung abgebrochen',
  'Account deletion cancelled by an administrator': 'Kontolöschung durch die Administration abgebrochen',
  'Account deletion cancelled by signing in': 'Kontolöschung durch Anmelden abgebrochen',
  'Email address confirmed': 'E-Mail-Adresse bestätigt',
  'Email address confirmed by an administrator': 'E-Mail-Adresse durch die Administration bestätigt',
  'Link to confirm the email address sent': 'Link zur Bestätigung der E-Mail-Adresse gesendet',
  'Email address change requested': 'Änderung der E-Mail-Adresse angefordert',
  'Email address changed': 'E-Mail-Adresse geändert',
  'Name changed': 'Name geändert',
  'Password changed': 'Passwort geändert',
  'Your password was changed in the meantime, so nothing was done. Try again with the new password.':
    'Ihr Passwort wurde inzwischen geändert. Es wurde nichts ausgeführt. Versuchen Sie es mit dem neuen Passwort noch einmal.',
  'Email address confirmed; the old password no longer works':
    'E-Mail-Adresse bestätigt; das alte Passwort gilt nicht mehr',
  'Change refused: wrong password': 'Änderung abgelehnt: falsches Passwort',
  'Password reset requested': 'Zurücksetzen des Passworts angefordert',
  'Password reset link created by an administrator':
    'Link zum Zurücksetzen des Passworts durch die Administration erstellt',
  'Password reset by email': 'Passwort per E-Mail zurückgesetzt',
  'Sign-in by email requested': 'Anmeldung per E-Mail angefordert',
  'Account deleted': 'Konto gelöscht',
  'Group created': 'Gruppe erstellt',
  'Group renamed': 'Gruppe umbenannt',
  'Group deleted': 'Gruppe gelöscht',
  'Added to a group': 'Zu einer Gruppe hinzugefügt',
  'Removed from a group': 'Aus einer Gruppe entfernt',
  'Added to a group: {name}': 'Zu einer Gruppe hinzugefügt: {name}',
  'Removed from a group: {name}': 'Aus einer Gruppe entfernt: {name}',
  'App registered': 'App registriert',
  'App changed': 'App geändert',
  'App removed': 'App entfernt',
  'Credentials of an app created': 'Zugangsdaten einer App erstellt',
  'Credentials of an app revoked': 'Zugangsdaten einer App widerrufen',
  'API token created': 'API-Token erstellt',
  'API token created: {name}': 'API-Token erstellt: {name}',
  'An app got a token for itself': 'Eine App hat ein eigenes Token erhalten',
  'Device without a browser allowed': 'Gerät ohne Browser zugelassen',
  'Device without a browser allowed: {name}': 'Gerät ohne Browser zugelassen: {name}',
  'Device without a browser denied': 'Gerät ohne Browser abgelehnt',
  'Device without a browser denied: {name}': 'Gerät ohne Browser abgelehnt: {name}',
  'API token revoked': 'API-Token widerrufen',
  'API token revoked: {name}': 'API-Token widerrufen: {name}',
  'All API tokens revoked': 'Alle API-Tokens widerrufen',
  'Invitation sent': 'Einladung verschickt',
  'Invitation sent again': 'Einladung erneut verschickt',
  'Invitation withdrawn': 'Einladung zurückgezogen',
  'Invitation accepted': 'Einladung angenommen',
  'Account imported from another system': 'Konto aus einem anderen System importiert',
  'Signing keys rotated': 'Signaturschlüssel rotiert',
  'Signing key removed': 'Signaturschlüssel entfernt',
  'This name was changed in another tab or by an administrator after you opened this page. Nothing was saved. Save again to use your text.':
    'Dieser Name wurde in einem anderen Tab oder durch die Administration geändert, nachdem Sie diese Seite geöffnet haben. Es wurde nichts gespeichert. Speichern Sie noch einmal, um Ihre Eingabe zu übernehmen.',

  // Confirmation
  'Confirm that it is you': 'Bestätigen Sie, dass Sie es sind',
  'You are signed in as {email}. Your last confirmation is more than 15 minutes old, and this step needs a new one. Nothing is lost: you continue right afterwards.':
    'Sie sind als {email} angemeldet. Ihre letzte Bestätigung ist älter als 15 Minuten, und dieser Schritt verlangt eine neue. Nichts geht verloren: Danach geht es sofort weiter.',
  'The six digits from our email. They are valid for {minutes} {minutes:minute|minutes}.':
    'Die sechs Ziffern aus unserer E-Mail. Sie gelten {minutes} {minutes:Minute|Minuten}.',
  'Confirm and continue': 'Bestätigen und weiter',
  Cancel: 'Abbrechen',
  'You have no password, and this service sends no email. <a>Sign out</a>, then sign in again.':
    'Sie haben kein Passwort, und dieser Dienst verschickt keine E-Mails. <a>Melden Sie sich ab</a> und dann wieder an.',
  'Change refused: wrong code': 'Änderung abgelehnt: falscher Code',
}
