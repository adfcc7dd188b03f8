import type { Dictionary } from '../language.ts'

/** Emails. */
export const mailsInGerman: Dictionary = {
  'Hello,': 'Hallo,',
  'If this was you, there is nothing to do.': 'Wenn Sie das waren, brauchen Sie nichts zu tun.',
  'The link works once. It expires after: {time}.': 'Der Link gilt einmal. Er läuft ab nach: {time}.',

  // Confirming an address
  'Confirm this address': 'Adresse bestätigen',
  'Please confirm your e-mail address': 'Bitte bestätigen Sie Ihre E-Mail-Adresse',
  'somebody, most likely you, has made an account with this e-mail address. Open this link to confirm that the address is yours:':
    'jemand, vermutlich Sie selbst, hat mit dieser E-Mail-Adresse ein Konto angelegt. Öffnen Sie diesen Link und bestätigen Sie so, dass die Adresse Ihnen gehört:',
  'If you have made no account, do nothing: please don’t open the link.':
    'Wenn Sie kein Konto angelegt haben, tun Sie nichts: Bitte öffnen Sie den Link nicht.',
  'You have an account already': 'Sie haben schon ein Konto',
  'somebody, most likely you, wanted to make an account with this e-mail address. There is one already, and nothing about it has changed.':
    'jemand, vermutlich Sie selbst, wollte mit dieser E-Mail-Adresse ein Konto anlegen. Es gibt schon eines, und daran hat sich nichts geändert.',
  'To sign in:': 'Zur Anmeldung:',
  'If you don’t remember the password, or never chose one, choose a new one:':
    'Wenn Sie das Passwort nicht mehr wissen oder nie eines gewählt haben, wählen Sie ein neues:',
  'If this was not you, there is nothing to do: whoever it was has learned nothing from us.':
    'Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Wer immer es war, hat von uns nichts erfahren.',

  // Changing an address
  'Please confirm your new e-mail address': 'Bitte bestätigen Sie Ihre neue E-Mail-Adresse',
  'somebody, most likely you, wants to use this e-mail address for their account. Open this link to confirm that it is yours:':
    'jemand, vermutlich Sie selbst, möchte diese E-Mail-Adresse für ein Konto verwenden. Öffnen Sie diesen Link und bestätigen Sie so, dass sie Ihnen gehört:',
  'The link works once. It expires after: {time}. Until then the account keeps its old address.':
    'Der Link gilt einmal. Er läuft ab nach: {time}. Bis dahin behält das Konto seine alte Adresse.',
  'If this was not you, do nothing: please don’t open the link.':
    'Wenn Sie das nicht waren, tun Sie nichts: Bitte öffnen Sie den Link nicht.',
  'Your e-mail address is about to change': 'Ihre E-Mail-Adresse soll sich ändern',
  'somebody, most likely you, asked to use another e-mail address for your account. Nothing has changed yet: first the new address has to be confirmed by a link that was mailed there.':
    'jemand, vermutlich Sie selbst, möchte für Ihr Konto eine andere E-Mail-Adresse verwenden. Noch hat sich nichts geändert: Erst muss die neue Adresse durch einen Link bestätigt werden, den wir dorthin geschickt haben.',
  'If not, somebody knows your password. Choose a new one at once: it stops the change, and signs out whoever it was.':
    'Wenn nicht, kennt jemand Ihr Passwort. Wählen Sie sofort ein neues: Das hält die Änderung auf und meldet ab, wer immer es war.',
  'Your e-mail address was changed': 'Ihre E-Mail-Adresse wurde geändert',
  'the e-mail address of your account was changed, and this one is no longer part of it.':
    'die E-Mail-Adresse Ihres Kontos wurde geändert, und diese hier gehört nicht mehr dazu.',
  'If not:': 'Wenn nicht:',
  'If you are still signed in somewhere, change your password there. It signs out everybody else.':
    'Wenn Sie noch irgendwo angemeldet sind, ändern Sie dort Ihr Passwort. Das meldet alle anderen ab.',
  'Tell the people who run this service at once.': 'Sagen Sie es sofort den Betreibern dieses Dienstes.',
  'To the service': 'Zum Dienst',

  // Passwords and codes
  'somebody, most likely you, asked for a new password for your account. Open this link to choose one:':
    'jemand, vermutlich Sie selbst, hat für Ihr Konto ein neues Passwort verlangt. Öffnen Sie diesen Link, um eines zu wählen:',
  'The link works once. It expires after: {time}, and as soon as you sign in.':
    'Der Link gilt einmal. Er läuft ab nach: {time}, oder sobald Sie sich anmelden.',
  'If this was not you, there is nothing to do: your password stays as it is.':
    'Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.',
  'Your password was changed': 'Ihr Passwort wurde geändert',
  'the password of your account was changed, and other devices were signed out.':
    'das Passwort Ihres Kontos wurde geändert, und andere Geräte wurden abgemeldet.',
  With: 'Womit',
  '{device}, from {place}': '{device}, aus {place}',
  'If not, choose a new password at once, which signs out whoever it was:':
    'Wenn nicht, wählen Sie sofort ein neues Passwort; das meldet ab, wer immer es war:',
  'Your sign-in code': 'Ihr Code zum Anmelden',
  'somebody, most likely you, wants to sign in with this e-mail address. Enter this code in the window where you asked for it:':
    'jemand, vermutlich Sie selbst, möchte sich mit dieser E-Mail-Adresse anmelden. Geben Sie diesen Code in dem Fenster ein, in dem Sie ihn angefordert haben:',
  'Or open this link:': 'Oder öffnen Sie diesen Link:',
  'Only one of them works, and only once. Both expire after: {time}.':
    'Nur eins von beiden gilt, und nur einmal. Beide laufen ab nach: {time}.',
  'If this was not you, there is nothing to do. Tell the code to nobody, whoever asks for it.':
    'Wenn Sie das nicht waren, brauchen Sie nichts zu tun. Sagen Sie den Code niemandem, wer immer danach fragt.',

  // New devices
  'A new device is signed in to your account': 'Ein neues Gerät ist bei Ihrem Konto angemeldet',
  'somebody signed in to your account with your password, on a device that we don’t know.':
    'jemand hat sich mit Ihrem Passwort bei Ihrem Konto angemeldet, auf einem Gerät, das wir nicht kennen.',

  // Deletion
  'Your account will be deleted': 'Ihr Konto wird gelöscht',
  'as you asked, your account is going to be deleted. You are signed out everywhere.':
    'wie von Ihnen gewünscht, wird Ihr Konto gelöscht. Sie sind überall abgemeldet.',
  'Deleted for good': 'Endgültig gelöscht',
  'Did you change your mind, or was it not you who asked? Sign in before then, and nothing is deleted:':
    'Haben Sie es sich anders überlegt, oder waren Sie es gar nicht? Melden Sie sich vorher an, dann wird nichts gelöscht:',
  'If it was not you, somebody knows your password. Once you have signed in, change it at once:':
    'Wenn Sie es nicht waren, kennt jemand Ihr Passwort. Ändern Sie es, sobald Sie angemeldet sind:',
  'Your account stays': 'Ihr Konto bleibt',
  'your account was going to be deleted. Somebody signed in to it, so it stays as it was.':
    'Ihr Konto sollte gelöscht werden. Jemand hat sich damit angemeldet, also bleibt es, wie es war.',
  'If that was not you, somebody knows your password. Change it at once:':
    'Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Ändern Sie es sofort:',
  'Then look whether you know every device that is signed in:':
    'Sehen Sie dann nach, ob Sie jedes Gerät kennen, das angemeldet ist:',

  'the people who run this service are having your account deleted. You are signed out everywhere.':
    'die Betreiber dieses Dienstes lassen Ihr Konto löschen. Sie sind überall abgemeldet.',
  'Would you rather keep it? Sign in before then, and nothing is deleted:':
    'Möchten Sie es behalten? Melden Sie sich vorher an, dann wird nichts gelöscht:',
  'Would you rather keep it? Ask the people who run this service.':
    'Möchten Sie es behalten? Wenden Sie sich an die Betreiber dieses Dienstes.',
  'your account was going to be deleted. The people who run this service decided otherwise, so it stays as it was:':
    'Ihr Konto sollte gelöscht werden. Die Betreiber dieses Dienstes haben anders entschieden, also bleibt es, wie es war:',

  // Token reuse
  'One of your sign-ins may have been copied, so we ended it':
    'Eine Ihrer Anmeldungen wurde vielleicht kopiert, deshalb haben wir sie beendet',
  'your browser proves who you are with a token that it exchanges for a new one every few minutes. An old one, exchanged long before, has come back to us. Most likely somebody copied it. We can not tell who of the two is you, so we signed out both.':
    'Ihr Browser weist sich mit einem Schlüssel aus, den er alle paar Minuten gegen einen neuen tauscht. Jetzt kam ein alter zurück, der längst getauscht war. Wahrscheinlich hat ihn jemand kopiert. Wir wissen nicht, wer von beiden Sie sind, deshalb haben wir beide abgemeldet.',
  'Sign-in': 'Anmeldung',
  'Copy noticed': 'Kopie bemerkt',
  'Your other devices are still signed in. Your password was not part of this, and nobody can learn it from a token.':
    'Ihre anderen Geräte sind weiter angemeldet. Ihr Passwort war nicht im Spiel, und aus einem solchen Schlüssel erfährt es niemand.',
  'What to do now:': 'Was Sie jetzt tun sollten:',
  'If you have just restored this device or its browser from a backup, that was the old token, and all is well: sign in again.':
    'Wenn Sie dieses Gerät oder seinen Browser gerade aus einer Sicherung wiederhergestellt haben, war es der alte Schlüssel, und alles ist gut: Melden Sie sich wieder an.',
  'If not, go to your account, look whether you know every device there, and choose "Sign out everywhere":':
    'Wenn nicht, gehen Sie zu Ihrem Konto, sehen Sie nach, ob Sie jedes Gerät dort kennen, und wählen Sie „Überall abmelden“:',
  'Change your password, on a device that you trust. Whoever copied the token may have seen you type it:':
    'Ändern Sie Ihr Passwort, und zwar an einem Gerät, dem Sie trauen. Wer den Schlüssel kopiert hat, hat vielleicht gesehen, wie Sie es eingaben:',
  'Have the other device looked at: whoever copied the token may have read more of it.':
    'Lassen Sie das andere Gerät untersuchen: Wer den Schlüssel kopiert hat, hat dort vielleicht noch mehr gelesen.',

  // Invitations
  'You are invited to {name}': 'Sie sind zu {name} eingeladen',
  'you are invited to create an account at {name}, {address}. Open this link to do so:':
    'Sie sind eingeladen, ein Konto bei {name} anzulegen, {address}. Öffnen Sie dazu diesen Link:',
  'The link works once, until {when}.': 'Der Link gilt einmal, bis {when}.',
  'If you don’t know what this is about, you need not do anything.':
    'Wenn Sie nicht wissen, worum es geht, brauchen Sie nichts zu tun.',

  // Confirmation
  'Your confirmation code': 'Ihr Bestätigungscode',
  'Enter this code on the page that asked for it, to confirm that it is you:':
    'geben Sie diesen Code auf der Seite ein, die danach gefragt hat. So bestätigen Sie, dass Sie es sind:',
  'It works once. It expires after: {time}.': 'Er gilt einmal und läuft ab nach: {time}.',
  'If this was not you, somebody is using your account on a device where you signed in. Sign out everywhere on your account page. Tell the code to nobody, whoever asks for it.':
    'Wenn Sie das nicht waren, benutzt jemand Ihr Konto auf einem Gerät, auf dem Sie angemeldet sind. Melden Sie sich auf Ihrer Kontoseite überall ab. Geben Sie den Code an niemanden weiter.',
}
