import type { Dictionary } from '../language.ts'

/** The pages for everybody, and what may be wrong with what people type there. */
export const pagesInGerman: Dictionary = {
  // The frame
  'Error: {title}': 'Fehler: {title}',
  Language: 'Sprache',
  '(optional)': '(freiwillig)',
  'just now': 'gerade eben',

  // Signing in
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

  // Registering
  'Create your account': 'Konto anlegen',
  'You will continue to {app}': 'Danach geht es weiter zu {app}',
  'First name': 'Vorname',
  'Last name': 'Nachname',
  'At least {minimum} characters. A few words in a row make a good one.':
    'Mindestens {minimum} Zeichen. Gut sind ein paar Wörter hintereinander.',
  'Create account': 'Konto anlegen',
  'Already have an account? <a>Sign in</a>': 'Sie haben schon ein Konto? <a>Anmelden</a>',
  'We have sent a mail to {email}. Open the link in it to confirm that the address is yours. Then you are signed in.':
    'Wir haben eine E-Mail an {email} geschickt. Öffnen Sie den Link darin und bestätigen Sie so, dass die Adresse Ihnen gehört. Dann sind Sie angemeldet.',
  'Nothing came? Look among the spam, too. You get another link whenever you <a>sign in</a> with the password that you have just chosen.':
    'Nichts angekommen? Sehen Sie auch im Spam nach. Einen neuen Link erhalten Sie jedes Mal, wenn Sie sich mit dem eben gewählten Passwort <a>anmelden</a>.',
  'Look into your mailbox': 'Sehen Sie in Ihr Postfach',
  'Too short so far': 'Noch zu kurz',
  'Weak: easy to guess': 'Schwach: leicht zu erraten',
  'Fair: a word more would help': 'Mittel: Ein Wort mehr würde helfen',
  Good: 'Gut',
  'Strong: hard to guess': 'Stark: schwer zu erraten',

  // What the last step did
  'The address you were to continue to is not one of ours, so we brought you here instead.':
    'Die Adresse, zu der es weitergehen sollte, gehört nicht zu uns. Deshalb sind Sie jetzt hier.',
  'You are signed out.': 'Sie sind abgemeldet.',
  'That device is signed out.': 'Das Gerät ist abgemeldet.',
  'All other devices are signed out.': 'Alle anderen Geräte sind abgemeldet.',
  'You are signed out everywhere, and your account will be deleted on the day that our mail tells. Sign in before then, and nothing is deleted.':
    'Sie sind überall abgemeldet, und Ihr Konto wird an dem Tag gelöscht, den unsere E-Mail nennt. Melden Sie sich vorher an, dann wird nichts gelöscht.',
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
  'This browser held more than one sign-in for the same apps. We cleared them: please sign in once more.':
    'Dieser Browser hatte mehrere Anmeldungen für dieselben Apps. Wir haben sie entfernt; bitte melden Sie sich noch einmal an.',

  // What may be wrong
  'Choose one of these: {codes}.': 'Wählen Sie eine davon: {codes}.',
}
