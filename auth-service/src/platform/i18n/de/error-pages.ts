import type { Dictionary } from '../language.ts'

/** Error pages, and the page about redirect loops. */
export const refusalsInGerman: Dictionary = {
  'Go to your account': 'Zu Ihrem Konto',
  'Go to {url}': 'Zu {url}',
  'Please go to our right address': 'Bitte wechseln Sie zur richtigen Adresse',
  'This page is open at another address than ours, so your browser would not keep your sign-in here. Nothing was done. Please go on at the right address.':
    'Diese Seite ist unter einer anderen Adresse geöffnet als unserer. Deshalb würde Ihr Browser Ihre Anmeldung hier nicht behalten. Nichts wurde ausgeführt. Bitte machen Sie unter der richtigen Adresse weiter.',
  'If you ask for help, say: {id}': 'Wenn Sie um Hilfe bitten, nennen Sie: {id}',
  'Page not found': 'Seite nicht gefunden',
  'There is nothing at this address. Please check it, or start from your account.':
    'Unter dieser Adresse gibt es nichts. Bitte prüfen Sie sie oder beginnen Sie bei Ihrem Konto.',
  'Not possible here': 'Hier nicht möglich',
  'This address can’t be used that way.': 'So lässt sich diese Adresse nicht verwenden.',
  'Too much at once': 'Zu viel auf einmal',
  'What you sent is longer than 64 KiB. Please shorten it and try again.':
    'Was Sie geschickt haben, ist länger als 64 KiB. Bitte kürzen Sie es und versuchen Sie es noch einmal.',
  'Too many cookies': 'Zu viele Cookies',
  'Your browser sent more cookies than we can read. Sites below {domain} set them; or the address is far too long.':
    'Ihr Browser hat mehr Cookies geschickt, als wir lesen können. Websites unterhalb von {domain} haben sie gesetzt; oder die Adresse ist viel zu lang.',
  'Delete the cookies of {domain}, then open this page again. You will have to sign in again, here and in all apps.':
    'Löschen Sie die Cookies von {domain} und öffnen Sie diese Seite dann noch einmal. Danach müssen Sie sich neu anmelden, hier und in allen Apps.',
  'Delete cookies and try again': 'Cookies löschen und noch einmal versuchen',
  'If you still see this page then, delete the cookies by hand: in the settings of your browser, under privacy, as cookies or site data of {domain}.':
    'Wenn Sie diese Seite dann immer noch sehen, löschen Sie die Cookies von Hand: in den Einstellungen Ihres Browsers unter „Datenschutz“, als Cookies oder Websitedaten von {domain}.',
  'Unknown kind of content': 'Unbekannte Art von Inhalt',
  'Send a form (application/x-www-form-urlencoded) or a JSON object (application/json).':
    'Schicken Sie ein Formular (application/x-www-form-urlencoded) oder ein JSON-Objekt (application/json).',
  'That could not be read': 'Das war nicht lesbar',
  'What you sent is neither a well-formed form nor a JSON object in UTF-8.':
    'Was Sie geschickt haben, ist weder ein gültiges Formular noch ein JSON-Objekt in UTF-8.',
  'What you sent has a field twice. Send each of them once.':
    'Was Sie geschickt haben, enthält ein Feld doppelt. Schicken Sie jedes nur einmal.',
  'This came from another site': 'Das kam von einer anderen Website',
  'To keep you safe, forms are only taken from our own pages. Please open the page here and try again.':
    'Zu Ihrer Sicherheit nehmen wir Formulare nur von unseren eigenen Seiten an. Bitte öffnen Sie die Seite hier und versuchen Sie es noch einmal.',
  'Please try again': 'Bitte noch einmal',
  'This page had been open for too long. Nothing is wrong: please send it once more.':
    'Diese Seite war zu lange offen. Das macht nichts: Bitte schicken Sie das Formular noch einmal ab.',
  'Your browser sent no cookie': 'Ihr Browser hat kein Cookie geschickt',
  'Our forms need a cookie, and your browser sent none with this one. It may block ours: please allow cookies for this site, then send the form once more.':
    'Unsere Formulare brauchen ein Cookie, und Ihr Browser hat keines mitgeschickt. Vielleicht blockiert er unsere: Bitte erlauben Sie Cookies für diese Seite und schicken Sie das Formular dann noch einmal ab.',
  'This service sends no mail': 'Dieser Dienst verschickt keine E-Mails',
  'So we can’t mail you a link for a forgotten password, another address or a confirmation. Please ask the people who run this service.':
    'Für ein vergessenes Passwort, eine andere Adresse oder eine Bestätigung können wir Ihnen deshalb keinen Link schicken. Bitte wenden Sie sich an die Betreiber dieses Dienstes.',
  'Registration is closed': 'Die Registrierung ist geschlossen',
  'New accounts are made by the people who run this service. Please ask them for one.':
    'Neue Konten legen die Betreiber dieses Dienstes an. Bitte wenden Sie sich an sie.',
  'Registration is by invitation': 'Ein Konto gibt es nur auf Einladung',
  'Open the link in the mail that invited you, or ask the people who run this service for one.':
    'Öffnen Sie den Link in der E-Mail, mit der Sie eingeladen wurden, oder bitten Sie die Betreiber dieses Dienstes um eine Einladung.',
  'This invitation is over': 'Diese Einladung gilt nicht mehr',
  'It was used already, withdrawn, or is older than seven days. Please ask for a new one.':
    'Sie wurde schon benutzt, zurückgezogen oder ist älter als sieben Tage. Bitte bitten Sie um eine neue.',
  'For staff only': 'Nur für das Team',
  'You are signed in, but these pages are for the people who run this service.':
    'Sie sind angemeldet, aber diese Seiten sind für die Betreiber dieses Dienstes.',
  'For superusers only': 'Nur für Superuser',
  'You may look at this, but only superusers may change it. Nothing was changed.':
    'Sie dürfen das ansehen, aber nur Superuser dürfen es ändern. Es wurde nichts geändert.',
  'Too many tries': 'Zu viele Versuche',
  'To keep accounts safe, only so many tries are possible in a row. Nothing was tried now. Please wait {time}, then try again.':
    'Zum Schutz der Konten sind nur begrenzt viele Versuche hintereinander möglich. Dieser zählte nicht. Wartezeit bis zum nächsten: {time}.',
  'Too many changes': 'Zu viele Änderungen',
  'You have changed your account many times in a row. This change was not made. Please wait {time}, then try again.':
    'Sie haben Ihr Konto sehr oft hintereinander geändert. Diese Änderung wurde nicht vorgenommen. Wartezeit bis zur nächsten: {time}.',
  'Back in a moment': 'Gleich wieder da',
  'Something we need does not answer just now. Nothing is lost: please try again in a few seconds.':
    'Etwas, das wir brauchen, antwortet gerade nicht. Nichts ist verloren: Bitte versuchen Sie es in ein paar Sekunden noch einmal.',
  'Something went wrong': 'Etwas ist schiefgegangen',
  'That is our fault. It has been noted; please try again, or come back later.':
    'Das ist unser Fehler und ist vermerkt. Bitte versuchen Sie es noch einmal oder kommen Sie später wieder.',
  'This link does not work any more': 'Dieser Link gilt nicht mehr',
  'It was used already, or it is too old, or something has changed since it was mailed.':
    'Er wurde schon benutzt, ist zu alt, oder es hat sich etwas geändert, seit er verschickt wurde.',
  'We can <a>mail you another one</a>.': 'Wir können Ihnen <a>einen neuen schicken</a>.',
  'If your address is not confirmed yet, <a>sign in</a>, and we mail you another link.':
    'Wenn Ihre Adresse noch nicht bestätigt ist, <a>melden Sie sich an</a>; dann schicken wir Ihnen einen neuen Link.',
  'See <a>your account</a> for the address that it has, and change it from there.':
    'Welche Adresse gilt, steht in <a>Ihrem Konto</a>; dort können Sie sie auch ändern.',

  // Redirect loops
  '{app} sends you back': '{app} schickt Sie zurück',
  'You are signed in here, but {app} does not see it that way. We stopped sending you back and forth. It is not your password: please show this page to the people who run {app}.':
    'Sie sind hier angemeldet, aber {app} sieht das anders. Wir haben aufgehört, Sie hin und her zu schicken. An Ihrem Passwort liegt es nicht: Bitte zeigen Sie diese Seite denen, die {app} betreiben.',
  'Most likely': 'Wahrscheinlich',
  'What we know': 'Was wir wissen',
  'Try again': 'Noch einmal versuchen',
  App: 'Anwendung',
  'What it said': 'Was sie sagte',
  'nothing that we could check': 'nichts, was wir prüfen könnten',
  'Clock here': 'Uhr hier',
  'Clock of the app': 'Uhr der Anwendung',
  'Sign-in issued': 'Anmeldung ausgestellt',
  'Sign-in ends': 'Anmeldung endet',
  'Issued by': 'Ausgestellt von',
  'Issued for': 'Ausgestellt für',
  Cookie: 'Cookie',
  '{time}, the same': '{time}, gleich',
  '{time}, {seconds} s ahead': '{time}, {seconds} s voraus',
  '{time}, {seconds} s behind': '{time}, {seconds} s zurück',
  'A clock is wrong. Compared with ours, that of {app} is {seconds} s ahead.':
    'Eine Uhr geht falsch. Verglichen mit unserer geht die von {app} {seconds} s vor.',
  'A clock is wrong. Compared with ours, that of {app} is {seconds} s behind.':
    'Eine Uhr geht falsch. Verglichen mit unserer geht die von {app} {seconds} s nach.',
  'Compare the clocks of both machines with the real time, and let both keep it by NTP.':
    'Vergleichen Sie die Uhren beider Rechner mit der richtigen Zeit, und lassen Sie beide per NTP stellen.',
  '{app} expects sign-ins from another address than {url}.':
    '{app} erwartet Anmeldungen von einer anderen Adresse als {url}.',
  'Set its LOGIN_URL to {url}/login, and leave the option issuer out.':
    'Setzen Sie dort LOGIN_URL auf {url}/login, und lassen Sie die Option issuer weg.',
  '{app} is not at or below {domain}, for which sign-ins are issued.':
    '{app} liegt nicht unter {domain}; dafür aber werden Anmeldungen ausgestellt.',
  'If that is not its address, set the app’s OWN_URL to its public one. If it is, COOKIE_DOMAIN here does not cover it.':
    'Wenn das nicht die Adresse der Anwendung ist, setzen Sie dort OWN_URL auf die öffentliche. Wenn doch, deckt COOKIE_DOMAIN hier sie nicht ab.',
  '{app} has other keys than we sign with: it most likely asks another auth service.':
    '{app} hat andere Schlüssel als die, mit denen wir signieren: Wahrscheinlich fragt sie einen anderen Anmeldedienst.',
  'Its AUTH_INTERNAL_URL must lead to the service at {url}, with the same database.':
    'AUTH_INTERNAL_URL der Anwendung muss zum Dienst unter {url} führen, mit derselben Datenbank.',
  'The sign-in reaches {app} damaged, or in a form that it does not know.':
    'Die Anmeldung erreicht {app} beschädigt oder in einer Form, die sie nicht kennt.',
  'Look for a proxy in front of the app that changes cookies, and update the app’s middleware to the version of this service.':
    'Suchen Sie nach einem Proxy vor der Anwendung, der Cookies verändert, und bringen Sie die Middleware der Anwendung auf die Version dieses Dienstes.',
  '{app} gets sign-ins of several people at once, of which only one is ours to see: some host has set a cookie named {cookie} for a part of {app} alone.':
    '{app} bekommt Anmeldungen mehrerer Personen zugleich, von denen wir nur eine sehen können: Irgendein Host hat ein Cookie namens {cookie} nur für einen Teil von {app} gesetzt.',
  'Delete this browser’s cookies for {app} and {domain}, then try again. If it comes back, look for the host below {domain} that sets it.':
    'Löschen Sie in diesem Browser die Cookies für {app} und {domain}, und versuchen Sie es noch einmal. Kommt es wieder, suchen Sie den Host unter {domain}, der es setzt.',
  '{app} was told that this sign-in is over, and here it is not: it most likely asks another auth service.':
    '{app} wurde gesagt, diese Anmeldung sei beendet, und hier ist sie es nicht: Wahrscheinlich fragt sie einen anderen Anmeldedienst.',
  '{app} gets no sign-in from this browser, or it does not let this account in and sends it here instead of saying so.':
    '{app} bekommt von diesem Browser keine Anmeldung, oder sie lässt dieses Konto nicht hinein und schickt es hierher, statt das zu sagen.',
  'If only some accounts are sent back, the app must answer them with 403, not with a redirect. If all are, it looks for a cookie of another name than {cookie}: set its COOKIE_PREFIX as it is here, and its LOGIN_URL to {url}/login. A proxy in front of the app may also drop cookies or add an Authorization header.':
    'Werden nur manche Konten zurückgeschickt, muss die Anwendung ihnen mit 403 antworten, nicht mit einer Weiterleitung. Werden es alle, sucht sie ein Cookie mit einem anderen Namen als {cookie}: Setzen Sie ihren COOKIE_PREFIX wie hier und ihre LOGIN_URL auf {url}/login. Auch ein Proxy vor der Anwendung kann Cookies entfernen oder einen Authorization-Header hinzufügen.',
  'This page is open over https, while AUTH_URL is {url}: apps and browsers expect https cookies.':
    'Diese Seite ist über https geöffnet, AUTH_URL ist aber {url}: Anwendungen und Browser erwarten Cookies für https.',
  'Set AUTH_URL of this service to its https address, and start it again.':
    'Setzen Sie AUTH_URL dieses Dienstes auf seine https-Adresse, und starten Sie ihn neu.',
  'This browser did not keep the cookie that we set for {domain}.':
    'Dieser Browser hat das Cookie nicht behalten, das wir für {domain} gesetzt haben.',
  'Allow cookies for {domain}. If they are allowed, this page must be open at {url}: elsewhere, browsers refuse that cookie.':
    'Erlauben Sie Cookies für {domain}. Sind sie erlaubt, muss diese Seite unter {url} geöffnet sein: Anderswo lehnen Browser das Cookie ab.',
  '{app} did not say why in a way that we could check.':
    '{app} hat nicht so gesagt, warum, dass wir es prüfen könnten.',
  'Look for “refused” in the app’s log; NODE_DEBUG=latchkey makes it say every reason.':
    'Suchen Sie im Log der Anwendung nach „refused“; mit NODE_DEBUG=latchkey nennt sie jeden Grund.',
  'Another person is signed in': 'Eine andere Person ist angemeldet',
  'Somebody else opened this page before you signed in. Nothing was changed. To go on with it, sign out first.':
    'Diese Seite wurde von jemand anderem geöffnet, bevor Sie sich angemeldet haben. Es wurde nichts geändert. Um damit weiterzumachen, melden Sie sich zuerst ab.',
}
