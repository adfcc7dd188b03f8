import type { Dictionary } from '../language.ts'

/** Validation messages. */
export const errorsInGerman: Dictionary = {
  // Sign-in and registration
  'Enter your e-mail address.': 'Geben Sie Ihre E-Mail-Adresse ein.',
  'Enter an e-mail address like name@example.com.':
    'Geben Sie eine E-Mail-Adresse ein, etwa name@example.com.',
  'This e-mail address is too long.': 'Diese E-Mail-Adresse ist zu lang.',
  'Enter your password.': 'Geben Sie Ihr Passwort ein.',
  'This e-mail and password do not match.': 'E-Mail-Adresse und Passwort passen nicht zusammen.',
  'Your account was changed while you were signing in. Please try again.':
    'Ihr Konto wurde geändert, während Sie sich angemeldet haben. Bitte versuchen Sie es noch einmal.',
  'This account is switched off. Ask the people who run this service.':
    'Dieses Konto ist abgeschaltet. Wenden Sie sich an die Betreiber dieses Dienstes.',
  'Please confirm your e-mail address first: we have just mailed you a new link.':
    'Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse: Wir haben Ihnen gerade einen neuen Link geschickt.',
  'There is an account with this e-mail already. Sign in instead.':
    'Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich stattdessen an.',
  'Registration is closed. Ask the people who run this service for an account.':
    'Die Registrierung ist geschlossen. Bitten Sie die Betreiber dieses Dienstes um ein Konto.',
  'Registration is by invitation. Ask the people who run this service for one.':
    'Ein Konto gibt es nur auf Einladung. Bitten Sie die Betreiber dieses Dienstes um eine.',
  'This invitation was used already, withdrawn, or is older than seven days. Ask for a new one.':
    'Diese Einladung wurde schon benutzt, zurückgezogen oder ist älter als sieben Tage. Bitten Sie um eine neue.',
  'Enter the six digits of the code in the mail.':
    'Geben Sie die sechs Ziffern des Codes aus der E-Mail ein.',
  'This code is wrong, or it works no more. After five wrong ones, it takes a new mail.':
    'Dieser Code ist falsch oder gilt nicht mehr. Nach fünf falschen brauchen Sie eine neue E-Mail.',

  // Names
  'Enter a name.': 'Geben Sie einen Namen ein.',
  'Enter a name, or leave this empty.': 'Geben Sie einen Namen ein oder lassen Sie das Feld leer.',
  'This name has characters that can not be used.':
    'Dieser Name enthält Zeichen, die nicht verwendet werden können.',
  'Use at most {count} characters.': 'Höchstens {count} Zeichen.',

  // Passwords
  'Choose a password.': 'Wählen Sie ein Passwort.',
  'Use at least {minimum} characters.': 'Mindestens {minimum} Zeichen.',
  'This password has characters that can not be used. Choose another.':
    'Dieses Passwort enthält Zeichen, die nicht verwendet werden können. Wählen Sie ein anderes.',
  'This is one of the most common passwords, which are guessed first. Choose another, such as a few words in a row.':
    'Das ist eines der häufigsten Passwörter; sie werden zuerst erraten. Wählen Sie ein anderes, etwa ein paar Wörter hintereinander.',
  'This is too much like your first name, which others know. Choose something else.':
    'Das ähnelt zu sehr Ihrem Vornamen, den andere kennen. Wählen Sie etwas anderes.',
  'This is too much like your last name, which others know. Choose something else.':
    'Das ähnelt zu sehr Ihrem Nachnamen, den andere kennen. Wählen Sie etwas anderes.',
  'This is too much like your name, which others know. Choose something else.':
    'Das ähnelt zu sehr Ihrem Namen, den andere kennen. Wählen Sie etwas anderes.',
  'This is too much like your e-mail address, which others know. Choose something else.':
    'Das ähnelt zu sehr Ihrer E-Mail-Adresse, die andere kennen. Wählen Sie etwas anderes.',
  'This is not your password.': 'Das ist nicht Ihr Passwort.',
  'This is your password already.': 'Das ist schon Ihr Passwort.',
  'This is your address already.': 'Das ist schon Ihre Adresse.',
  'There is an account with this address already, so this one keeps the address that it has.':
    'Zu dieser Adresse gibt es schon ein Konto. Deshalb behält dieses seine bisherige Adresse.',
  'You are the only superuser who is left: without you, nobody could run this service. Make somebody else one first.':
    'Sie sind der letzte verbliebene Superuser: Ohne Sie könnte niemand diesen Dienst verwalten. Machen Sie zuerst jemand anderen dazu.',

  // Requests of programs
  'Say true or false, or leave this out for true.':
    'Geben Sie true oder false an, oder lassen Sie es weg: Dann gilt true.',
  'Choose one of these: {codes}.': 'Wählen Sie eine davon: {codes}.',
  'That code is wrong or expired. After five wrong codes, ask for a new one.':
    'Dieser Code ist falsch oder abgelaufen. Nach fünf falschen Codes brauchen Sie einen neuen.',
}
