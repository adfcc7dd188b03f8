import type { Dictionary } from '../language.ts'

/** Public pages, with their validation messages. */
export const pagesInGerman: Dictionary = {
  // Layout
  'Error: {title}': 'Fehler: {title}',
  Language: 'Sprache',
  '(optional)': '(optional)',
  'just now': 'gerade eben',

  // Sign-in
  'Sign in': 'Anmelden',
  'Sign in to continue to {app}': 'Anmelden und weiter zu {app}',
  Email: 'E-Mail',
  Password: 'Passwort',
  'Keep me signed in': 'Angemeldet bleiben',
  'Untick this on a shared computer.': 'Entfernen Sie das Häkchen auf einem gemeinsam genutzten Computer.',
  'Forgot your password?': 'Passwort vergessen?',
  'Sign in by email instead': 'Stattdessen per E-Mail anmelden',
  'New here? <a>Create an account</a>': 'Neu hier? <a>Konto erstellen</a>',
  'You signed in a moment ago, but your browser did not keep the cookie. Allow cookies for this site, then sign in again.':
    'Sie haben sich gerade angemeldet, aber Ihr Browser hat das Cookie nicht behalten. Erlauben Sie Cookies für diese Website und melden Sie sich dann noch einmal an.',
  'Sign in again to open your account. You stay signed in to your apps.':
    'Melden Sie sich noch einmal an, um Ihr Konto zu öffnen. In Ihren Apps bleiben Sie angemeldet.',
  'Sign in again to open the administration. You stay signed in to your apps.':
    'Melden Sie sich noch einmal an, um die Verwaltung zu öffnen. In Ihren Apps bleiben Sie angemeldet.',

  // Registration
  'Create your account': 'Konto erstellen',
  'You will continue to {app}': 'Danach geht es weiter zu {app}',
  'First name': 'Vorname',
  'Last name': 'Nachname',
  'At least {minimum} {minimum:character|characters}. A few words in a row make a good password.':
    'Mindestens {minimum} Zeichen. Ein paar Wörter hintereinander ergeben ein gutes Passwort.',
  'Create account': 'Konto erstellen',
  'Already have an account? <a>Sign in</a>': 'Sie haben schon ein Konto? <a>Anmelden</a>',
  'We have sent you an email. Open the link in it and enter your password to confirm that the address is yours. Then you are signed in.':
    'Wir haben Ihnen eine E-Mail geschickt. Öffnen Sie den Link darin und geben Sie Ihr Passwort ein, um zu bestätigen, dass die Adresse Ihnen gehört. Dann sind Sie angemeldet.',
  'We have sent an email to {email}. Open the link in it and enter your password to confirm that the address is yours. Then you are signed in.':
    'Wir haben eine E-Mail an {email} geschickt. Öffnen Sie den Link darin und geben Sie Ihr Passwort ein, um zu bestätigen, dass die Adresse Ihnen gehört. Dann sind Sie angemeldet.',
  'No email? Check your spam folder. You get a new link each time you <a>sign in</a> with the password that you have just chosen.':
    'Keine E-Mail erhalten? Sehen Sie auch im Spam-Ordner nach. Einen neuen Link erhalten Sie jedes Mal, wenn Sie sich mit dem eben gewählten Passwort <a>anmelden</a>.',
  'Check your inbox': 'Sehen Sie in Ihrem Postfach nach',
  'Too short so far': 'Noch zu kurz',
  'Weak: easy to guess': 'Schwach: leicht zu erraten',
  'Fair: one more word would help': 'Mittel: ein Wort mehr hilft',
  Good: 'Gut',
  'Strong: hard to guess': 'Stark: schwer zu erraten',

  // Notices
  Continue: 'Weiter',
  'Continue to {app}': 'Weiter zu {app}',
  'The address you came from is too long. You will return to its page without the last part of the address. Open your link again afterwards.':
    'Die Adresse, von der Sie kommen, ist zu lang. Sie kehren zu ihrer Seite zurück, aber ohne den letzten Teil der Adresse. Öffnen Sie Ihren Link danach noch einmal.',
  'We could not continue to the requested address, because it is not one of ours.':
    'Wir konnten nicht zur gewünschten Adresse weiterleiten, weil sie nicht zu uns gehört.',
  'You are signed out.': 'Sie sind abgemeldet.',
  'That device is signed out.': 'Das Gerät ist abgemeldet.',
  'All other devices are signed out.': 'Alle anderen Geräte sind abgemeldet.',
  'You are signed out everywhere. Your account will be deleted on the date in our email. Sign in before then to keep it.':
    'Sie sind überall abgemeldet. Ihr Konto wird zu dem Termin gelöscht, der in unserer E-Mail steht. Melden Sie sich vorher an, um es zu behalten.',
  'Your account was going to be deleted. You signed in, so we kept it.':
    'Ihr Konto sollte gelöscht werden. Sie haben sich angemeldet, deshalb haben wir es behalten.',
  'You are signed out everywhere.': 'Sie sind überall abgemeldet.',
  'We have sent you a new link. Open it to confirm your email address.':
    'Wir haben Ihnen einen neuen Link geschickt. Öffnen Sie ihn, um Ihre E-Mail-Adresse zu bestätigen.',
  'Your email address is confirmed.': 'Ihre E-Mail-Adresse ist bestätigt.',
  'We have sent a link to your new address. Open it to change the address.':
    'Wir haben einen Link an Ihre neue Adresse geschickt. Öffnen Sie ihn, um die Adresse zu ändern.',
  'Your email address is changed.': 'Ihre E-Mail-Adresse ist geändert.',
  'Your name is changed.': 'Ihr Name ist geändert.',
  'Your password is changed. All other devices are signed out.':
    'Ihr Passwort ist geändert. Alle anderen Geräte sind abgemeldet.',
  'Your password is changed. You are signed out everywhere. Sign in with the new password.':
    'Ihr Passwort ist geändert. Sie sind überall abgemeldet. Melden Sie sich mit dem neuen Passwort an.',
  'Your email address is confirmed. Until now, anyone could have created this account in your name. For your safety, its old password no longer works and all its sessions have ended. Choose a new password below.':
    'Ihre E-Mail-Adresse ist bestätigt. Bis jetzt hätte jeder dieses Konto in Ihrem Namen erstellen können. Zu Ihrer Sicherheit gilt das alte Passwort nicht mehr, und alle alten Sitzungen sind beendet. Wählen Sie unten ein neues Passwort.',
  'This browser had several sign-ins for the same apps. We cleared them. Please sign in once more.':
    'Dieser Browser hatte mehrere Anmeldungen für dieselben Apps. Wir haben sie entfernt. Bitte melden Sie sich noch einmal an.',

  // Sign-in by email
  'Sign in by email': 'Per E-Mail anmelden',
  'Sign in by email to continue to {app}': 'Per E-Mail anmelden und weiter zu {app}',
  'We send you a code by email. You don’t need a password.':
    'Wir schicken Ihnen einen Code per E-Mail. Sie brauchen kein Passwort.',
  'Send me a code': 'Code senden',
  'Sign in with a password': 'Mit Passwort anmelden',
  'Enter the code': 'Code eingeben',
  'If {email} has an account, we have sent a code there.':
    'Wenn es ein Konto mit der Adresse {email} gibt, haben wir einen Code dorthin geschickt.',
  Code: 'Code',
  'Six digits, valid for {minutes} {minutes:minute|minutes} in this browser.':
    'Sechs Ziffern, {minutes} {minutes:Minute|Minuten} lang in diesem Browser gültig.',
  'No email? <a>Send a new one</a>': 'Keine E-Mail erhalten? <a>Neue anfordern</a>',
  'You sign in as {email}.': 'Sie melden sich als {email} an.',
  'This sign-in was requested in another browser. Continue only if you requested it and this device is yours.':
    'Diese Anmeldung wurde in einem anderen Browser angefordert. Fahren Sie nur fort, wenn Sie das selbst waren und dieses Gerät Ihnen gehört.',
  'Sign in on this device': 'Auf diesem Gerät anmelden',
  'Don’t sign in': 'Nicht anmelden',

  // Sign-out
  'Sign out': 'Abmelden',
  'Sign out?': 'Abmelden?',
  'You will be signed out of all apps on this device.':
    'Sie werden auf diesem Gerät bei allen Apps abgemeldet.',
  'Stay signed in': 'Angemeldet bleiben',

  // Password reset
  'We send you a link to choose a new password.':
    'Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen können.',
  'Back to sign-in': 'Zurück zur Anmeldung',
  'If {email} has an account, we have sent a link to choose a new password there.':
    'Wenn es ein Konto mit der Adresse {email} gibt, haben wir dorthin einen Link geschickt, mit dem Sie ein neues Passwort wählen können.',
  'If your address has an account, we have sent you a link to choose a new password.':
    'Wenn es ein Konto mit Ihrer Adresse gibt, haben wir Ihnen einen Link geschickt, mit dem Sie ein neues Passwort wählen können.',
  'No email? Check your spam folder, or <a>try again</a> with the address that you registered with.':
    'Keine E-Mail erhalten? Sehen Sie im Spam-Ordner nach oder <a>versuchen Sie es noch einmal</a> mit der Adresse, mit der Sie das Konto erstellt haben.',
  'Choose a new password': 'Neues Passwort wählen',
  'For {email}. You will be signed out everywhere. Then sign in with the new password.':
    'Für {email}. Sie werden überall abgemeldet. Melden Sie sich danach mit dem neuen Passwort an.',
  'Set this password': 'Passwort festlegen',

  // Addresses
  'Confirm your address': 'E-Mail-Adresse bestätigen',
  'Is {email} your address, and did you create an account with it?':
    'Ist {email} Ihre Adresse, und haben Sie damit ein Konto erstellt?',
  'Yes, confirm it': 'Ja, bestätigen',
  'If you did not create an account, close this page. Nothing will happen.':
    'Wenn Sie kein Konto erstellt haben, schließen Sie diese Seite. Es passiert nichts.',
  'Confirm your new email address': 'Neue E-Mail-Adresse bestätigen',
  'Your account will use the address {email}, and you will sign in with it.':
    'Ihr Konto verwendet dann die Adresse {email}, und Sie melden sich damit an.',
  'Use this address': 'Diese Adresse verwenden',
  'If you did not request this, close this page. Nothing will happen.':
    'Wenn Sie das nicht angefordert haben, schließen Sie diese Seite. Es passiert nichts.',
  'This address is taken': 'Diese Adresse ist vergeben',

  // Dev inbox
  Inbox: 'Posteingang',
  'The email as programs show it': 'Die E-Mail, wie Programme sie zeigen',
  'The same as text': 'Dasselbe als Text',
  'SMTP_URL is not set, so no email leaves this machine. These emails would have been sent, newest first.':
    'SMTP_URL ist nicht gesetzt, deshalb verlässt keine E-Mail diesen Rechner. Diese E-Mails wären verschickt worden, neueste zuerst.',
  Emails: 'E-Mails',
  'No emails yet.': 'Noch keine E-Mails.',
  'To {email}': 'An {email}',
  To: 'An',
  Written: 'Geschrieben',
  'All emails': 'Alle E-Mails',
  '(no subject)': '(kein Betreff)',

  // Another signed-in user
  'Another account is signed in': 'Ein anderes Konto ist angemeldet',
  'You are signed in as {email}.': 'Sie sind als {email} angemeldet.',
  'Sign out and continue': 'Abmelden und weiter',
  'Stay signed in as {email}': 'Als {email} angemeldet bleiben',
  'This link confirms the address {email}.': 'Dieser Link bestätigt die Adresse {email}.',
  'This link changes the address of another account to {email}.':
    'Dieser Link ändert die Adresse eines anderen Kontos in {email}.',
  'This link sets a new password for {email}.':
    'Mit diesem Link wird ein neues Passwort für {email} gewählt.',
  'This link signs in {email}.': 'Dieser Link meldet {email} an.',
  'This invitation is for {email}.': 'Diese Einladung ist für {email}.',
  'This invitation is for a new account.': 'Diese Einladung ist für ein neues Konto.',
  'This invitation is for your own address. You already have an account, so you don’t need it.':
    'Diese Einladung ist für Ihre eigene Adresse. Sie haben schon ein Konto und brauchen sie nicht.',
}
