import type { Dictionary } from '../language.ts'

/** Public pages, with their validation messages. */
export const pagesInGerman: Dictionary = {
  // Layout
  'Error: {title}': 'Fehler: {title}',
  Language: 'Sprache',
  '(optional)': '(freiwillig)',
  'just now': 'gerade eben',

  // Sign-in
  'Sign in': 'Anmelden',
  'Sign in to continue to {app}': 'Anmelden und weiter zu {app}',
  'E-mail': 'E-Mail',
  Password: 'Passwort',
  'Keep me signed in': 'Angemeldet bleiben',
  'Untick this on a shared computer.': 'Auf einem gemeinsam genutzten Rechner besser nicht.',
  'Forgot your password?': 'Passwort vergessen?',
  'Sign in by mail instead': 'Stattdessen per E-Mail anmelden',
  'New here? <a>Create an account</a>': 'Neu hier? <a>Konto anlegen</a>',
  'You signed in a moment ago, but your browser kept no cookie of that. Signing in again won’t help before you allow cookies for this site.':
    'Sie haben sich gerade angemeldet, aber Ihr Browser hat das Cookie dafür nicht behalten. Erlauben Sie Cookies für diese Seite; vorher hilft auch ein neuer Versuch nicht.',
  'Sign in again to open your account. You stay signed in to your apps.':
    'Melden Sie sich noch einmal an, um Ihr Konto zu öffnen. In Ihren Apps bleiben Sie angemeldet.',
  'Sign in again to open the administration. You stay signed in to your apps.':
    'Melden Sie sich noch einmal an, um die Verwaltung zu öffnen. In Ihren Apps bleiben Sie angemeldet.',

  // Registration
  'Create your account': 'Konto anlegen',
  'You will continue to {app}': 'Danach geht es weiter zu {app}',
  'First name': 'Vorname',
  'Last name': 'Nachname',
  'At least {minimum} characters. A few words in a row make a good one.':
    'Mindestens {minimum} Zeichen. Gut sind ein paar Wörter hintereinander.',
  'Create account': 'Konto anlegen',
  'Already have an account? <a>Sign in</a>': 'Sie haben schon ein Konto? <a>Anmelden</a>',
  'We have sent you an email. Open the link in it and enter your password, to confirm that the address is yours. Then you are signed in.':
    'Wir haben Ihnen eine E-Mail geschickt. Öffnen Sie den Link darin und geben Sie Ihr Passwort ein, um zu bestätigen, dass die Adresse Ihnen gehört. Dann sind Sie angemeldet.',
  'We have sent a mail to {email}. Open the link in it and enter your password, to confirm that the address is yours. Then you are signed in.':
    'Wir haben eine E-Mail an {email} geschickt. Öffnen Sie den Link darin und geben Sie Ihr Passwort ein; so bestätigen Sie, dass die Adresse Ihnen gehört. Dann sind Sie angemeldet.',
  'Nothing came? Look among the spam, too. You get another link whenever you <a>sign in</a> with the password that you have just chosen.':
    'Nichts angekommen? Sehen Sie auch im Spam nach. Einen neuen Link erhalten Sie jedes Mal, wenn Sie sich mit dem eben gewählten Passwort <a>anmelden</a>.',
  'Look into your mailbox': 'Sehen Sie in Ihr Postfach',
  'Too short so far': 'Noch zu kurz',
  'Weak: easy to guess': 'Schwach: leicht zu erraten',
  'Fair: a word more would help': 'Mittel: noch ein Wort hilft',
  Good: 'Gut',
  'Strong: hard to guess': 'Stark: schwer zu erraten',

  // Notices
  Continue: 'Weiter',
  'Continue to {app}': 'Weiter zu {app}',
  'The address you came from is too long to keep. You will come back to its page, but without the rest of the address: open your link again after that.':
    'Die Adresse, von der Sie kommen, ist zu lang. Sie kehren zu ihrer Seite zurück, aber ohne den Rest der Adresse: Öffnen Sie Ihren Link danach noch einmal.',
  'The address you were to continue to is not one of ours, so we brought you here instead.':
    'Die Adresse, zu der es weitergehen sollte, gehört nicht zu uns. Deshalb sind Sie jetzt hier.',
  'You are signed out.': 'Sie sind abgemeldet.',
  'That device is signed out.': 'Das Gerät ist abgemeldet.',
  'All other devices are signed out.': 'Alle anderen Geräte sind abgemeldet.',
  'You are signed out everywhere, and your account will be deleted once the time is over that we told you. Sign in before then, and nothing is deleted.':
    'Sie sind überall abgemeldet, und Ihr Konto wird nach der genannten Frist gelöscht. Melden Sie sich vorher an, dann wird nichts gelöscht.',
  'Your account was going to be deleted. You signed in, so it stays as it was.':
    'Ihr Konto sollte gelöscht werden. Sie haben sich angemeldet, also bleibt es, wie es war.',
  'You are signed out everywhere.': 'Sie sind überall abgemeldet.',
  'We have mailed you another link. Open it to confirm your e-mail address.':
    'Wir haben Ihnen einen neuen Link geschickt. Öffnen Sie ihn und bestätigen Sie so Ihre E-Mail-Adresse.',
  'Your e-mail address is confirmed.': 'Ihre E-Mail-Adresse ist bestätigt.',
  'We have mailed a link to your new address. Open it, and the address is changed.':
    'Wir haben einen Link an Ihre neue Adresse geschickt. Öffnen Sie ihn, dann wird die Adresse geändert.',
  'Your e-mail address is changed.': 'Ihre E-Mail-Adresse ist geändert.',
  'Your name is changed.': 'Ihr Name ist geändert.',
  'Your password is changed, and all other devices are signed out.':
    'Ihr Passwort ist geändert, und alle anderen Geräte sind abgemeldet.',
  'Your password is changed, and you are signed out everywhere. Sign in with the new one.':
    'Ihr Passwort ist geändert, und Sie sind überall abgemeldet. Melden Sie sich mit dem neuen an.',
  'Your e-mail address is confirmed. Before, anybody could have made this account in your name: so the password that it had is void, and whoever was signed in with it is signed out. You can choose a new one below.':
    'Ihre E-Mail-Adresse ist bestätigt. Vorher hätte jeder dieses Konto in Ihrem Namen anlegen können: Darum ist sein bisheriges Passwort ungültig, und wer damit angemeldet war, ist abgemeldet. Sie können unten ein neues wählen.',
  'This browser held more than one sign-in for the same apps. We cleared them: please sign in once more.':
    'Dieser Browser hatte mehrere Anmeldungen für dieselben Anwendungen. Wir haben sie entfernt; bitte melden Sie sich noch einmal an.',

  // Sign-in by email
  'Sign in by mail': 'Per E-Mail anmelden',
  'Sign in by mail to continue to {app}': 'Per E-Mail anmelden und weiter zu {app}',
  'We mail you a code, and you need no password.':
    'Wir schicken Ihnen einen Code; ein Passwort brauchen Sie nicht.',
  'Mail me a code': 'Code schicken',
  'Sign in with a password': 'Mit Passwort anmelden',
  'Enter the code': 'Code eingeben',
  'If there is an account with the address {email}, we have mailed it a code.':
    'Wenn es ein Konto mit der Adresse {email} gibt, haben wir einen Code dorthin geschickt.',
  Code: 'Code',
  'Six digits, good for {minutes} minutes in this browser.':
    'Sechs Ziffern, {minutes} Minuten lang in diesem Browser gültig.',
  'Nothing came? <a>Ask for another mail</a>': 'Nichts angekommen? <a>Neue E-Mail anfordern</a>',
  'You sign in as {email}.': 'Sie melden sich als {email} an.',
  'This was asked for in another browser. Go on only if it was you who asked, and if this device is yours.':
    'Das wurde in einem anderen Browser angefordert. Fahren Sie nur fort, wenn Sie es selbst waren und dieses Gerät Ihnen gehört.',
  'Sign in on this device': 'Auf diesem Gerät anmelden',
  'Don’t sign in': 'Nicht anmelden',

  // Sign-out
  'Sign out': 'Abmelden',
  'Sign out?': 'Abmelden?',
  'You will be signed out of every app here, on this device.':
    'Sie werden auf diesem Gerät von allen Anwendungen hier abgemeldet.',
  'Stay signed in': 'Angemeldet bleiben',

  // Password reset
  'We mail you a link to choose a new one.': 'Wir schicken Ihnen einen Link, um ein neues zu wählen.',
  'Back to signing in': 'Zurück zur Anmeldung',
  'If there is an account with the address {email}, we have mailed it a link to choose a new password.':
    'Wenn es ein Konto mit der Adresse {email} gibt, haben wir einen Link dorthin geschickt, um ein neues Passwort zu wählen.',
  'If there is an account with your address, we have mailed it a link to choose a new password.':
    'Wenn es ein Konto mit Ihrer Adresse gibt, haben wir einen Link dorthin geschickt, um ein neues Passwort zu wählen.',
  'Nothing came? Look among the spam, too, or <a>try again</a> with the address that you registered with.':
    'Nichts angekommen? Sehen Sie auch im Spam nach oder <a>versuchen Sie es noch einmal</a> mit der Adresse, mit der Sie das Konto angelegt haben.',
  'Choose a new password': 'Neues Passwort wählen',
  'For {email}. You will be signed out everywhere, and sign in with the new one.':
    'Für {email}. Sie werden überall abgemeldet und melden sich dann mit dem neuen an.',
  'Set this password': 'Passwort setzen',

  // Addresses
  'Confirm your address': 'E-Mail-Adresse bestätigen',
  'Is {email} your address, and did you make an account with it?':
    'Ist {email} Ihre Adresse, und haben Sie damit ein Konto angelegt?',
  'Yes, confirm it': 'Ja, bestätigen',
  'If you made no account, close this page: then nothing happens.':
    'Wenn Sie kein Konto angelegt haben, schließen Sie diese Seite: Dann geschieht nichts.',
  'Confirm your new e-mail address': 'Neue E-Mail-Adresse bestätigen',
  'From now on, your account will have the address {email}, and you will sign in with that one.':
    'Ihr Konto hat dann die Adresse {email}, und Sie melden sich mit ihr an.',
  'Use this address': 'Diese Adresse verwenden',
  'If you did not ask for this, close this page: then nothing happens.':
    'Wenn Sie das nicht wollten, schließen Sie diese Seite: Dann geschieht nichts.',
  'This address is taken': 'Diese Adresse ist vergeben',

  // Dev inbox
  Mailbox: 'Postfach',
  'The mail as programs show it': 'Die E-Mail, wie Programme sie zeigen',
  'The same as text': 'Dasselbe als Text',
  'SMTP_URL is not set, so no mail leaves this machine. This is what would have been sent, the latest first.':
    'SMTP_URL ist nicht gesetzt, also verlässt keine E-Mail diesen Rechner. Das hier wäre verschickt worden, das Neueste zuerst.',
  Mails: 'E-Mails',
  Mail: 'E-Mail',
  'No mail yet.': 'Noch keine E-Mails.',
  'To {email}': 'An {email}',
  To: 'An',
  Written: 'Geschrieben',
  'All mail': 'Alle E-Mails',
  '(no subject)': '(kein Betreff)',

  // Another signed-in user
  'Another account is signed in': 'Ein anderes Konto ist angemeldet',
  'You are signed in as {email}.': 'Sie sind als {email} angemeldet.',
  'Sign out and go on': 'Abmelden und weiter',
  'Stay signed in as {email}': 'Als {email} angemeldet bleiben',
  'This link is to confirm the address {email}.': 'Dieser Link bestätigt die Adresse {email}.',
  'This link is for another account, whose address changes to {email}.':
    'Dieser Link gehört zu einem anderen Konto, dessen Adresse auf {email} geändert wird.',
  'This link is to choose a new password for {email}.':
    'Mit diesem Link wird ein neues Passwort für {email} gewählt.',
  'This link is to sign in as {email}.': 'Dieser Link meldet {email} an.',
  'This invitation is for {email}.': 'Diese Einladung ist für {email}.',
  'This invitation is for a new account.': 'Diese Einladung ist für ein neues Konto.',
  'This invitation is for your own address. You have an account, so you need none.':
    'Diese Einladung ist für Ihre eigene Adresse. Sie haben schon ein Konto und brauchen sie nicht.',
}
