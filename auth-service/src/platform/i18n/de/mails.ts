import type { Dictionary } from '../language.ts'

/** Emails. */
export const mailsInGerman: Dictionary = {
  'Hello,': 'Hallo,',
  'If this was you, you do not need to do anything.': 'Wenn Sie das waren, brauchen Sie nichts zu tun.',
  'The link works once. It expires after {time}.':
    'Der Link lässt sich nur einmal verwenden. Gültigkeit: {time}.',

  // Confirming an address
  'Confirm this address': 'Adresse bestätigen',
  'Please confirm your email address': 'Bitte bestätigen Sie Ihre E-Mail-Adresse',
  'Someone (probably you) created an account with this email address. Open this link to confirm that the address is yours:':
    'jemand (vermutlich Sie) hat mit dieser E-Mail-Adresse ein Konto erstellt. Öffnen Sie diesen Link, um zu bestätigen, dass die Adresse Ihnen gehört:',
  'If you did not create an account, ignore this email and do not open the link.':
    'Wenn Sie kein Konto erstellt haben, ignorieren Sie diese E-Mail und öffnen Sie den Link nicht.',
  'You already have an account': 'Sie haben schon ein Konto',
  'Someone (probably you) tried to create an account with this email address. You already have an account, and nothing about it has changed.':
    'jemand (vermutlich Sie) wollte mit dieser E-Mail-Adresse ein Konto erstellen. Sie haben schon ein Konto; daran hat sich nichts geändert.',
  'To sign in:': 'Hier melden Sie sich an:',
  'If you do not know your password or never chose one, choose a new one:':
    'Wenn Sie Ihr Passwort nicht mehr wissen oder nie eines gewählt haben, wählen Sie ein neues:',
  'If this was not you, you do not need to do anything. We told that person nothing about your account.':
    'Wenn Sie das nicht waren, brauchen Sie nichts zu tun. Wir haben der Person nichts über Ihr Konto verraten.',

  // Changing an address
  'Please confirm your new email address': 'Bitte bestätigen Sie Ihre neue E-Mail-Adresse',
  'Someone (probably you) wants to use this email address for their account. Open this link to confirm that the address is yours:':
    'jemand (vermutlich Sie) möchte diese E-Mail-Adresse für ein Konto verwenden. Öffnen Sie diesen Link, um zu bestätigen, dass die Adresse Ihnen gehört:',
  'The link works once. It expires after {time}. Until you open it, the account keeps its old address.':
    'Der Link lässt sich nur einmal verwenden. Gültigkeit: {time}. Bis Sie ihn öffnen, behält das Konto seine alte Adresse.',
  'If this was not you, ignore this email and do not open the link.':
    'Wenn Sie das nicht waren, ignorieren Sie diese E-Mail und öffnen Sie den Link nicht.',
  'Your email address is about to change': 'Ihre E-Mail-Adresse soll geändert werden',
  'Someone (probably you) asked to use another email address for your account. Nothing has changed yet: the new address must first be confirmed with a link that we sent there.':
    'jemand (vermutlich Sie) möchte für Ihr Konto eine andere E-Mail-Adresse verwenden. Noch hat sich nichts geändert: Die neue Adresse muss erst mit einem Link bestätigt werden, den wir dorthin geschickt haben.',
  'If this was not you, someone knows your password. Choose a new one now. This stops the change and signs out all devices.':
    'Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Wählen Sie sofort ein neues. Das stoppt die Änderung und meldet alle Geräte ab.',
  'Your email address was changed': 'Ihre E-Mail-Adresse wurde geändert',
  'The email address of your account was changed. Your account no longer uses this address.':
    'die E-Mail-Adresse Ihres Kontos wurde geändert. Ihr Konto verwendet diese Adresse nicht mehr.',
  'If this was not you:': 'Wenn Sie das nicht waren:',
  'If you are still signed in on a device, change your password there. This signs out all other devices.':
    'Wenn Sie noch auf einem Gerät angemeldet sind, ändern Sie dort Ihr Passwort. Das meldet alle anderen Geräte ab.',
  'Tell your administrator at once.': 'Informieren Sie sofort die Administration.',
  'Go to the service': 'Zum Dienst',

  // Passwords and codes
  'Someone (probably you) asked for a new password for your account. Open this link to choose one:':
    'jemand (vermutlich Sie) hat für Ihr Konto ein neues Passwort angefordert. Öffnen Sie diesen Link, um es zu wählen:',
  'The link works once. It expires after {time}, or as soon as you sign in.':
    'Der Link lässt sich nur einmal verwenden und läuft ab, sobald Sie sich anmelden. Er ist höchstens so lange gültig: {time}.',
  'If this was not you, you do not need to do anything. Your password does not change.':
    'Wenn Sie das nicht waren, brauchen Sie nichts zu tun. Ihr Passwort ändert sich nicht.',
  'Your password was changed': 'Ihr Passwort wurde geändert',
  'The password of your account was changed, and your other devices were signed out.':
    'das Passwort Ihres Kontos wurde geändert, und Ihre anderen Geräte wurden abgemeldet.',
  Device: 'Gerät',
  '{device}, from {place}': '{device}, {place}',
  'If this was not you, choose a new password now. This signs out all devices:':
    'Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort. Das meldet alle Geräte ab:',
  'Your sign-in code': 'Ihr Anmeldecode',
  'Someone (probably you) wants to sign in with this email address. Enter this code in the window where you asked for it:':
    'jemand (vermutlich Sie) möchte sich mit dieser E-Mail-Adresse anmelden. Geben Sie diesen Code in dem Fenster ein, in dem Sie ihn angefordert haben:',
  'Or open this link:': 'Oder öffnen Sie diesen Link:',
  'You can use either of them, once. Both expire after {time}.':
    'Sie können eins von beiden einmal verwenden. Gültigkeit: {time}.',
  'If this was not you, you do not need to do anything. Never share the code, even if someone asks for it.':
    'Wenn Sie das nicht waren, brauchen Sie nichts zu tun. Geben Sie den Code nie weiter, auch nicht auf Nachfrage.',

  // New devices
  'New device signed in to your account': 'Neues Gerät bei Ihrem Konto angemeldet',
  'Someone signed in to your account with your password, on a device that we do not know.':
    'jemand hat sich mit Ihrem Passwort bei Ihrem Konto angemeldet, auf einem Gerät, das wir nicht kennen.',

  // Deletion
  'Your account will be deleted': 'Ihr Konto wird gelöscht',
  'As you requested, your account will be deleted. You are signed out everywhere.':
    'wie von Ihnen gewünscht, wird Ihr Konto gelöscht. Sie sind überall abgemeldet.',
  'Permanent deletion': 'Endgültige Löschung',
  'Changed your mind, or was this not you? Sign in before then to keep your account:':
    'Haben Sie es sich anders überlegt, oder waren Sie das nicht? Melden Sie sich vorher an, um Ihr Konto zu behalten:',
  'If this was not you, someone knows your password. Change it as soon as you have signed in:':
    'Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Ändern Sie es, sobald Sie angemeldet sind:',
  'Your account is no longer being deleted': 'Ihr Konto wird nicht mehr gelöscht',
  'Your account was going to be deleted. Someone signed in to it, so we kept it.':
    'Ihr Konto sollte gelöscht werden. Jemand hat sich angemeldet, deshalb haben wir es behalten.',
  'If this was not you, someone knows your password. Change it now:':
    'Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Ändern Sie es sofort:',
  'Then check that you know every device that is signed in:':
    'Prüfen Sie dann, ob Sie jedes angemeldete Gerät kennen:',

  'An administrator has scheduled your account for deletion. You are signed out everywhere.':
    'die Administration hat die Löschung Ihres Kontos veranlasst. Sie sind überall abgemeldet.',
  'To keep your account, sign in before then:': 'Um Ihr Konto zu behalten, melden Sie sich vorher an:',
  'To keep your account, ask your administrator.':
    'Wenn Sie Ihr Konto behalten möchten, wenden Sie sich an die Administration.',
  'Your account was going to be deleted. An administrator cancelled the deletion:':
    'Ihr Konto sollte gelöscht werden. Die Administration hat die Löschung abgebrochen:',

  // Token reuse
  'One of your sessions may have been copied, so we ended it':
    'Eine Ihrer Sitzungen wurde vielleicht kopiert, deshalb haben wir sie beendet',
  'Your browser stays signed in with a token, which it exchanges for a new one every few minutes. We have just received an old token that was exchanged long ago. Someone has probably copied it. We cannot tell which of the two is you, so we signed out both.':
    'Ihr Browser bleibt mit einem Schlüssel angemeldet, den er alle paar Minuten gegen einen neuen tauscht. Gerade haben wir einen alten Schlüssel erhalten, der längst getauscht war. Wahrscheinlich hat ihn jemand kopiert. Wir wissen nicht, wer von beiden Sie sind, deshalb haben wir beide abgemeldet.',
  'Sign-in': 'Anmeldung',
  'Copy detected': 'Kopie bemerkt',
  'Your other devices are still signed in. Your password was not involved, and a token does not contain it.':
    'Ihre anderen Geräte sind weiter angemeldet. Ihr Passwort ist nicht betroffen; ein solcher Schlüssel enthält es nicht.',
  'What to do now:': 'Was Sie jetzt tun sollten:',
  'If you have just restored this device or its browser from a backup, the old token came from there. Just sign in again.':
    'Wenn Sie dieses Gerät oder seinen Browser gerade aus einer Sicherung wiederhergestellt haben, stammt der alte Schlüssel von dort. Melden Sie sich einfach wieder an.',
  'If not, go to your account, check that you know every device there, and choose "Sign out everywhere":':
    'Wenn nicht, gehen Sie zu Ihrem Konto, prüfen Sie, ob Sie jedes Gerät dort kennen, und wählen Sie „Überall abmelden“:',
  'Change your password on a device that you trust. The person who copied the token may have seen you type it:':
    'Ändern Sie Ihr Passwort an einem Gerät, dem Sie vertrauen. Wer den Schlüssel kopiert hat, hat vielleicht auch Ihre Eingabe gesehen:',
  'Have the other device checked. The person who copied the token may have read more from it.':
    'Lassen Sie das andere Gerät prüfen. Wer den Schlüssel kopiert hat, hat dort vielleicht noch mehr gelesen.',

  // Invitations
  'You are invited to {name}': 'Sie sind zu {name} eingeladen',
  'You are invited to create an account at {name}, {address}. Open this link to accept:':
    'Sie sind eingeladen, ein Konto bei {name} ({address}) zu erstellen. Öffnen Sie dazu diesen Link:',
  'The link works once, until {when}.': 'Der Link lässt sich nur einmal verwenden. Er ist gültig bis {when}.',
  'If you did not expect this invitation, ignore this email.':
    'Wenn Sie diese Einladung nicht erwartet haben, ignorieren Sie diese E-Mail.',

  // Confirmation
  'Your confirmation code': 'Ihr Bestätigungscode',
  'Enter this code on the page that asked for it, to confirm that it is you:':
    'geben Sie diesen Code auf der Seite ein, die danach gefragt hat. So bestätigen Sie, dass Sie es sind:',
  'It works once. It expires after {time}.': 'Er lässt sich nur einmal verwenden. Gültigkeit: {time}.',
  'If this was not you, someone is using your account on a device where you signed in. Sign out everywhere on your account page. Never share the code, even if someone asks for it.':
    'Wenn Sie das nicht waren, benutzt jemand Ihr Konto auf einem Gerät, auf dem Sie angemeldet sind. Melden Sie sich auf Ihrer Kontoseite überall ab. Geben Sie den Code nie weiter, auch nicht auf Nachfrage.',
}
