import type { Dictionary } from '../language.ts'

/** Error pages, and the page about redirect loops. */
export const refusalsInGerman: Dictionary = {
  'Go to your account': 'Zu Ihrem Konto',
  'Go to {url}': 'Zu {url}',
  'Wrong address': 'Falsche Adresse',
  'You opened this page at a wrong address, where your browser would not keep you signed in. Nothing was done. Please continue at the right address.':
    'Sie haben diese Seite unter einer falschen Adresse geöffnet. Dort würde Ihr Browser Sie nicht angemeldet halten. Es wurde nichts ausgeführt. Bitte machen Sie unter der richtigen Adresse weiter.',
  'If you ask for help, give this number: {id}': 'Wenn Sie um Hilfe bitten, nennen Sie diese Nummer: {id}',
  'Page not found': 'Seite nicht gefunden',
  'There is no page at this address. Check the address, or go to your account.':
    'Unter dieser Adresse gibt es keine Seite. Bitte prüfen Sie die Adresse oder gehen Sie zu Ihrem Konto.',
  'Not possible here': 'Hier nicht möglich',
  'This address can’t be used that way.': 'So lässt sich diese Adresse nicht verwenden.',
  'Request too large': 'Anfrage zu groß',
  'Your request is larger than 64 KiB. Please shorten it and try again.':
    'Ihre Anfrage ist größer als 64 KiB. Bitte kürzen Sie sie und versuchen Sie es noch einmal.',
  'Too many cookies': 'Zu viele Cookies',
  'Your browser sent more cookies than we can read. Sites under {domain} set them. Or the address is far too long.':
    'Ihr Browser hat mehr Cookies geschickt, als wir lesen können. Websites unter {domain} haben sie gesetzt. Oder die Adresse ist viel zu lang.',
  'Delete the cookies of {domain}, then open this page again. You will have to sign in again, here and in all apps.':
    'Löschen Sie die Cookies von {domain} und öffnen Sie diese Seite dann noch einmal. Danach müssen Sie sich hier und in allen Apps neu anmelden.',
  'Delete cookies and try again': 'Cookies löschen und noch einmal versuchen',
  'If you still see this page, delete the cookies yourself: open the privacy settings of your browser and remove the cookies or site data of {domain}.':
    'Wenn Sie diese Seite weiterhin sehen, löschen Sie die Cookies selbst: Öffnen Sie die Datenschutzeinstellungen Ihres Browsers und entfernen Sie die Cookies oder Websitedaten von {domain}.',
  'Unsupported content type': 'Nicht unterstützter Inhaltstyp',
  'Send a form (application/x-www-form-urlencoded) or a JSON object (application/json).':
    'Senden Sie ein Formular (application/x-www-form-urlencoded) oder ein JSON-Objekt (application/json).',
  'The request could not be read': 'Die Anfrage war nicht lesbar',
  'The request is neither a valid form nor a JSON object in UTF-8.':
    'Die Anfrage ist weder ein gültiges Formular noch ein JSON-Objekt in UTF-8.',
  'The request has the same field twice. Send each field once.':
    'Die Anfrage enthält ein Feld doppelt. Senden Sie jedes Feld nur einmal.',
  'Request from another site': 'Anfrage von einer anderen Website',
  'For your safety, we accept forms from our own pages only. Open the page here and try again.':
    'Zu Ihrer Sicherheit nehmen wir Formulare nur von unseren eigenen Seiten an. Öffnen Sie die Seite hier und versuchen Sie es noch einmal.',
  'Please try again': 'Bitte versuchen Sie es noch einmal',
  'This page was open for too long. Please send the form once more.':
    'Diese Seite war zu lange offen. Bitte schicken Sie das Formular noch einmal ab.',
  'Your browser sent no cookie': 'Ihr Browser hat kein Cookie geschickt',
  'Our forms need a cookie, and your browser sent none. It may block our cookies: allow cookies for this site, then send the form once more.':
    'Unsere Formulare brauchen ein Cookie, und Ihr Browser hat keines mitgeschickt. Vielleicht blockiert er Cookies: Erlauben Sie Cookies für diese Website und schicken Sie das Formular noch einmal ab.',
  'This service sends no email': 'Dieser Dienst verschickt keine E-Mails',
  'We can’t send you a link to reset your password, or to change or confirm your address. Please ask your administrator.':
    'Wir können Ihnen keinen Link schicken, um Ihr Passwort zurückzusetzen oder Ihre Adresse zu ändern oder zu bestätigen. Bitte wenden Sie sich an die Administration.',
  'Registration is closed': 'Die Registrierung ist geschlossen',
  'Only an administrator can create accounts. Please ask for one.':
    'Nur die Administration kann Konten erstellen. Bitte wenden Sie sich an sie.',
  'Registration is by invitation': 'Registrierung nur mit Einladung',
  'Open the link in your invitation email, or ask your administrator for an invitation.':
    'Öffnen Sie den Link in Ihrer Einladung, oder bitten Sie die Administration um eine Einladung.',
  'Invitation expired': 'Einladung abgelaufen',
  'It was already used or withdrawn, or it is older than seven days. Please ask for a new one.':
    'Sie wurde schon benutzt oder zurückgezogen, oder sie ist älter als sieben Tage. Bitte fragen Sie nach einer neuen.',
  'For staff only': 'Nur für das Team',
  'You are signed in, but only staff can open these pages.':
    'Sie sind angemeldet, aber nur das Team kann diese Seiten öffnen.',
  'For superusers only': 'Nur für Superuser',
  'You can view this, but only superusers can change it. Nothing was changed.':
    'Sie können das ansehen, aber nur Superuser können es ändern. Es wurde nichts geändert.',
  'Too many attempts': 'Zu viele Versuche',
  'To protect accounts, we limit the number of attempts in a row. This attempt was not made. Please wait {time}, then try again.':
    'Zum Schutz der Konten begrenzen wir die Zahl der Versuche hintereinander. Dieser Versuch wurde nicht ausgeführt. Wartezeit bis zum nächsten Versuch: {time}.',
  'Too many changes': 'Zu viele Änderungen',
  'You changed your account many times in a row. This change was not made. Please wait {time}, then try again.':
    'Sie haben Ihr Konto sehr oft hintereinander geändert. Diese Änderung wurde nicht ausgeführt. Wartezeit bis zur nächsten Änderung: {time}.',
  'Temporarily unavailable': 'Vorübergehend nicht verfügbar',
  'A system that we need is not responding. Please try again in a few seconds.':
    'Ein System, das wir brauchen, antwortet gerade nicht. Bitte versuchen Sie es in ein paar Sekunden noch einmal.',
  // In front of sites behind a proxy
  'Please sign in': 'Bitte melden Sie sich an',
  'Your input was not saved.': 'Ihre Eingaben wurden nicht gespeichert.',
  'Not allowed': 'Kein Zugriff',
  'You are signed in, but you don’t have permission to open this page.':
    'Sie sind angemeldet, dürfen diese Seite aber nicht öffnen.',
  'Programs could read this address in several ways. Check the address.':
    'Programme könnten diese Adresse unterschiedlich lesen. Bitte prüfen Sie die Adresse.',

  'Something went wrong': 'Etwas ist schiefgelaufen',
  'This is an error on our side, and we have logged it. Please try again, or come back later.':
    'Das ist ein Fehler auf unserer Seite; wir haben ihn protokolliert. Bitte versuchen Sie es noch einmal oder kommen Sie später wieder.',
  'Link expired': 'Link abgelaufen',
  'It was already used, it is too old, or your account has changed since we sent it.':
    'Er wurde schon benutzt, ist zu alt, oder Ihr Konto hat sich geändert, seit wir ihn verschickt haben.',
  'We can <a>send you a new one</a>.': 'Wir können Ihnen <a>einen neuen schicken</a>.',
  'If your address is not confirmed yet, <a>sign in</a>, and we send you a new link.':
    'Wenn Ihre Adresse noch nicht bestätigt ist, <a>melden Sie sich an</a>. Dann schicken wir Ihnen einen neuen Link.',
  'You can see and change your address in <a>your account</a>.':
    'In <a>Ihrem Konto</a> können Sie Ihre Adresse ansehen und ändern.',

  // Redirect loops
  '{app} sends you back': '{app} schickt Sie zurück',
  'You are signed in here, but {app} does not accept it. We stopped sending you back and forth. Your password is fine: please show this page to the administrator of {app}.':
    'Sie sind hier angemeldet, aber {app} erkennt das nicht an. Wir haben die Weiterleitungen gestoppt. Ihr Passwort ist in Ordnung: Bitte zeigen Sie diese Seite der Administration von {app}.',
  'Most likely': 'Wahrscheinlich',
  'What we know': 'Was wir wissen',
  'Try again': 'Noch einmal versuchen',
  App: 'App',
  'Reason it gave': 'Angegebener Grund',
  'none that we could verify': 'keiner, den wir prüfen konnten',
  'Clock here': 'Uhr hier',
  'Clock of the app': 'Uhr der App',
  'Sign-in issued': 'Anmeldung ausgestellt',
  'Sign-in ends': 'Anmeldung endet',
  'Issued by': 'Ausgestellt von',
  'Issued for': 'Ausgestellt für',
  Cookie: 'Cookie',
  '{time}, the same': '{time}, gleich',
  '{time}, {seconds} s ahead': '{time}, {seconds} s voraus',
  '{time}, {seconds} s behind': '{time}, {seconds} s zurück',
  'A clock is wrong. The clock of {app} is {seconds} s ahead of ours.':
    'Eine Uhr geht falsch. Die Uhr von {app} geht gegenüber unserer {seconds} s vor.',
  'A clock is wrong. The clock of {app} is {seconds} s behind ours.':
    'Eine Uhr geht falsch. Die Uhr von {app} geht gegenüber unserer {seconds} s nach.',
  'Synchronise the clocks of both machines with NTP.':
    'Synchronisieren Sie die Uhren beider Rechner per NTP.',
  '{app} expects sign-ins from an address other than {url}.':
    '{app} erwartet Anmeldungen von einer anderen Adresse als {url}.',
  'Set LOGIN_URL of the app to {url}/login, and remove its issuer option.':
    'Setzen Sie LOGIN_URL der App auf {url}/login und entfernen Sie ihre Option issuer.',
  '{app} is not at or under {domain}, and sign-ins are issued for that domain only.':
    '{app} liegt nicht unter {domain}. Anmeldungen werden nur für diese Domain ausgestellt.',
  'If this address is wrong, set OWN_URL of the app to its public address. If it is right, change COOKIE_DOMAIN here so that it covers the app.':
    'Wenn diese Adresse falsch ist, setzen Sie OWN_URL der App auf ihre öffentliche Adresse. Wenn sie stimmt, ändern Sie COOKIE_DOMAIN hier so, dass die App darunter liegt.',
  '{app} does not have our keys. It probably uses another auth service.':
    '{app} hat andere Schlüssel als wir. Wahrscheinlich nutzt sie einen anderen Anmeldedienst.',
  'Set AUTH_INTERNAL_URL of the app to the service at {url}, with the same database.':
    'Setzen Sie AUTH_INTERNAL_URL der App auf den Dienst unter {url}, mit derselben Datenbank.',
  '{app} receives the sign-in damaged or in an unknown format.':
    '{app} erhält die Anmeldung beschädigt oder in einem unbekannten Format.',
  'Check whether a proxy in front of the app changes cookies, and update the app’s middleware to the version of this service.':
    'Prüfen Sie, ob ein Proxy vor der App Cookies verändert, und aktualisieren Sie die Middleware der App auf die Version dieses Dienstes.',
  '{app} receives the sign-ins of several people at once, and we can see only one of them. Another host has set a cookie named {cookie} for a part of {app}.':
    '{app} erhält die Anmeldungen mehrerer Personen zugleich, und wir sehen nur eine davon. Ein anderer Host hat ein Cookie namens {cookie} für einen Teil von {app} gesetzt.',
  'Delete the cookies for {app} and {domain} in this browser, then try again. If the problem returns, find the host under {domain} that sets the cookie.':
    'Löschen Sie in diesem Browser die Cookies für {app} und {domain} und versuchen Sie es noch einmal. Tritt das Problem wieder auf, suchen Sie den Host unter {domain}, der das Cookie setzt.',
  '{app} was told that this session has ended, but here it is still active. The app probably uses another auth service.':
    '{app} wurde mitgeteilt, dass diese Sitzung beendet ist, aber hier ist sie noch aktiv. Wahrscheinlich nutzt die App einen anderen Anmeldedienst.',
  '{app} receives no sign-in from this browser, or it rejects this account and redirects here instead of answering 403.':
    '{app} erhält von diesem Browser keine Anmeldung, oder sie lehnt dieses Konto ab und leitet hierher weiter, statt mit 403 zu antworten.',
  'If only some accounts are sent back, the app must answer 403 instead of redirecting. If all accounts are sent back, the app expects a cookie name other than {cookie}: set its COOKIE_PREFIX to the same value as here, and its LOGIN_URL to {url}/login. A proxy in front of the app may also drop cookies or add an Authorization header.':
    'Werden nur manche Konten zurückgeschickt, muss die App mit 403 antworten statt weiterzuleiten. Werden alle Konten zurückgeschickt, erwartet die App einen anderen Cookie-Namen als {cookie}: Setzen Sie ihren COOKIE_PREFIX auf denselben Wert wie hier und ihre LOGIN_URL auf {url}/login. Auch ein Proxy vor der App kann Cookies entfernen oder einen Authorization-Header hinzufügen.',
  'This page is open over https, but AUTH_URL is {url}. Apps and browsers expect https cookies.':
    'Diese Seite ist über https geöffnet, aber AUTH_URL ist {url}. Apps und Browser erwarten Cookies für https.',
  'Set AUTH_URL of this service to its https address, and restart it.':
    'Setzen Sie AUTH_URL dieses Dienstes auf seine https-Adresse und starten Sie ihn neu.',
  'This browser did not keep the cookie that we set for {domain}.':
    'Dieser Browser hat das Cookie nicht behalten, das wir für {domain} gesetzt haben.',
  'Allow cookies for {domain}. If they are already allowed, open this page at {url}: browsers reject the cookie at any other address.':
    'Erlauben Sie Cookies für {domain}. Sind sie schon erlaubt, öffnen Sie diese Seite unter {url}: Unter anderen Adressen lehnen Browser das Cookie ab.',
  '{app} gave no reason that we could verify.': '{app} hat keinen Grund genannt, den wir prüfen konnten.',
  'Search the log of the app for “refused”. With NODE_DEBUG=latchkey it logs every reason.':
    'Suchen Sie im Log der App nach „refused“. Mit NODE_DEBUG=latchkey protokolliert sie jeden Grund.',
  'Another person is signed in': 'Eine andere Person ist angemeldet',
  'Another person opened this page before you signed in. Nothing was changed. To continue, sign out first.':
    'Eine andere Person hat diese Seite geöffnet, bevor Sie sich angemeldet haben. Es wurde nichts geändert. Melden Sie sich zuerst ab, um fortzufahren.',
}
