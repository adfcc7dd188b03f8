import type { Dictionary } from '../language.ts'

/** Validation messages. */
export const errorsInGerman: Dictionary = {
  // Sign-in and registration
  'Enter your email address.': 'Geben Sie Ihre E-Mail-Adresse ein.',
  'Enter an email address like name@example.com.': 'Geben Sie eine E-Mail-Adresse wie name@example.com ein.',
  'This email address is too long.': 'Diese E-Mail-Adresse ist zu lang.',
  'Enter your password.': 'Geben Sie Ihr Passwort ein.',
  'This email and password do not match.': 'E-Mail-Adresse und Passwort passen nicht zusammen.',
  'Your account was changed while you were signing in. Please try again.':
    'Ihr Konto wurde geändert, während Sie sich angemeldet haben. Bitte versuchen Sie es noch einmal.',
  'This account is disabled. Ask your administrator.':
    'Dieses Konto ist deaktiviert. Wenden Sie sich an die Administration.',
  'Confirm your email address first. We have just sent you a new link.':
    'Bestätigen Sie zuerst Ihre E-Mail-Adresse. Wir haben Ihnen gerade einen neuen Link geschickt.',
  'An account with this email already exists. Sign in instead.':
    'Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich stattdessen an.',
  'Registration is closed. Ask your administrator for an account.':
    'Die Registrierung ist geschlossen. Bitten Sie die Administration um ein Konto.',
  'Registration is by invitation. Ask your administrator for one.':
    'Die Registrierung ist nur mit Einladung möglich. Bitten Sie die Administration um eine.',
  'This invitation was already used or withdrawn, or it is older than seven days. Ask for a new one.':
    'Diese Einladung wurde schon benutzt oder zurückgezogen, oder sie ist älter als sieben Tage. Fragen Sie nach einer neuen.',
  'Enter the six digits of the code in the email.':
    'Geben Sie die sechs Ziffern des Codes aus der E-Mail ein.',
  'That code is wrong or expired. After five wrong codes, ask for a new one.':
    'Dieser Code ist falsch oder abgelaufen. Fordern Sie nach fünf falschen Codes einen neuen an.',

  // Names
  'Enter a name.': 'Geben Sie einen Namen ein.',
  'Enter a name, or leave this empty.': 'Geben Sie einen Namen ein oder lassen Sie das Feld leer.',
  'This name contains characters that are not allowed.':
    'Dieser Name enthält Zeichen, die nicht erlaubt sind.',
  'Use at most {count} {count:character|characters}.': 'Verwenden Sie höchstens {count} Zeichen.',

  // Passwords
  'Choose a password.': 'Wählen Sie ein Passwort.',
  'Use at least {minimum} {minimum:character|characters}.': 'Verwenden Sie mindestens {minimum} Zeichen.',
  'This password contains characters that are not allowed. Choose another one.':
    'Dieses Passwort enthält Zeichen, die nicht erlaubt sind. Wählen Sie ein anderes.',
  'This is one of the most common passwords and easy to guess. Choose another one, for example a few words in a row.':
    'Dieses Passwort ist sehr häufig und leicht zu erraten. Wählen Sie ein anderes, zum Beispiel ein paar Wörter hintereinander.',
  'This password is too similar to your first name. Choose another one.':
    'Dieses Passwort ähnelt Ihrem Vornamen zu sehr. Wählen Sie ein anderes.',
  'This password is too similar to your last name. Choose another one.':
    'Dieses Passwort ähnelt Ihrem Nachnamen zu sehr. Wählen Sie ein anderes.',
  'This password is too similar to your name. Choose another one.':
    'Dieses Passwort ähnelt Ihrem Namen zu sehr. Wählen Sie ein anderes.',
  'This password is too similar to your email address. Choose another one.':
    'Dieses Passwort ähnelt Ihrer E-Mail-Adresse zu sehr. Wählen Sie ein anderes.',
  'This is not your current password.': 'Das ist nicht Ihr aktuelles Passwort.',
  'This is already your password.': 'Das ist schon Ihr Passwort.',
  'This is already your address.': 'Das ist schon Ihre Adresse.',
  'Another account uses this address. Your address was not changed.':
    'Ein anderes Konto verwendet diese Adresse. Ihre Adresse wurde nicht geändert.',
  'You are the last superuser. Make another person a superuser first.':
    'Sie sind der letzte Superuser. Machen Sie zuerst eine andere Person zum Superuser.',

  // Requests of programs
  'Must be true or false (default: true).': 'Erlaubt sind true und false (Vorgabe: true).',
  'Must be one of: {codes}.': 'Erlaubt sind: {codes}.',
}
