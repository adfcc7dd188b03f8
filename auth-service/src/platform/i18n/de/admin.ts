import type { Dictionary } from '../language.ts'

/** The pages of the administration, with messages about groups, apps and invitations. */
export const adminInGerman: Dictionary = {
  // Layout
  '{title} · Administration': '{title} · Verwaltung',
  Dashboard: 'Übersicht',
  People: 'Personen',
  Groups: 'Gruppen',
  Apps: 'Anwendungen',
  Invitations: 'Einladungen',
  'Audit log': 'Protokoll',
  'You are staff: you may look at this. Superusers may change it.':
    'Sie gehören zum Team und dürfen das hier ansehen. Ändern dürfen es nur Superuser.',
  Pages: 'Seiten',
  'Back to the start': 'Zurück zum Anfang',
  'Next page': 'Nächste Seite',
  Show: 'Anzeigen',
  'Saved.': 'Gespeichert.',

  // Dashboard
  'Sign-ins': 'Anmeldungen',
  'Failed sign-ins': 'Gescheiterte Anmeldungen',
  'New people': 'Neue Personen',
  'Active sessions, by the day they began': 'Aktive Sitzungen nach dem Tag ihres Beginns',
  'Sign-ins today': 'Anmeldungen heute',
  'New people today': 'Neue Personen heute',
  'Active sessions': 'Aktive Sitzungen',
  Superusers: 'Superuser',
  '{total} in the last {days} days, {today} today.': '{total} in den letzten {days} Tagen, heute {today}.',
  '{total} in the last {days} days, {today} today; the most on {day}: {most}.':
    '{total} in den letzten {days} Tagen, heute {today}; die meisten am {day}: {most}.',
  'Counted at {when}, by days in UTC; at most once a minute.':
    'Gezählt am {when}, nach Tagen in UTC; höchstens einmal in der Minute.',
  'As a table': 'Als Tabelle',
  Day: 'Tag',
  Number: 'Anzahl',

  // Users
  Everybody: 'Alle',
  Active: 'Aktiv',
  'Switched off': 'Abgeschaltet',
  'To be deleted': 'Wird gelöscht',
  'Unverified e-mail': 'Unbestätigte E-Mail',
  'Newest first': 'Neueste zuerst',
  'By e-mail': 'Nach E-Mail',
  'Name or e-mail': 'Name oder E-Mail',
  Who: 'Wer',
  Order: 'Reihenfolge',
  'Nobody here.': 'Hier ist niemand.',
  'Of {count} people with these words in their name or e-mail, nobody is as chosen. There are more: the next page goes on.':
    'Von {count} Personen mit diesen Wörtern in Namen oder E-Mail trifft die Auswahl auf niemanden zu. Es gibt weitere: Die nächste Seite sucht weiter.',
  'Nobody else.': 'Sonst niemand.',
  Person: 'Person',
  Status: 'Status',
  'Last sign-in': 'Letzte Anmeldung',
  Never: 'Noch nie',
  Unverified: 'Unbestätigt',

  // User page
  'Saved. The apps know within a second.': 'Gespeichert. Die Anwendungen wissen es binnen einer Sekunde.',
  'Added to the group. The apps know within a second.':
    'In die Gruppe aufgenommen. Die Anwendungen wissen es binnen einer Sekunde.',
  'Taken out of the group. The apps know within a second.':
    'Aus der Gruppe entfernt. Die Anwendungen wissen es binnen einer Sekunde.',
  'A link to choose a new password is on its way to their address.':
    'Ein Link, um ein neues Passwort zu wählen, ist an die Adresse unterwegs.',
  'The address counts as confirmed.': 'Die Adresse gilt als bestätigt.',
  'A link to confirm their address is on its way to it.':
    'Ein Link zur Bestätigung ist an die Adresse der Person unterwegs.',
  'They are signed out everywhere, and will be deleted.':
    'Die Person ist überall abgemeldet und wird gelöscht.',
  'Nothing is deleted.': 'Es wird nichts gelöscht.',
  'That session is over.': 'Die Sitzung ist beendet.',
  'All sessions of this person are over.': 'Alle Sitzungen dieser Person sind beendet.',
  'Somebody else has this e-mail address.': 'Jemand anderes hat diese E-Mail-Adresse.',
  'You can’t take rights from yourself. Ask another superuser to do it.':
    'Sich selbst können Sie keine Rechte nehmen. Bitten Sie einen anderen Superuser darum.',
  'This is the last active superuser. Make somebody else one first.':
    'Das ist der letzte aktive Superuser. Machen Sie zuerst jemand anderen dazu.',
  'There is no group of this name.': 'Es gibt keine Gruppe dieses Namens.',
  'Must be true or false, or left out.': 'Geben Sie true oder false an, oder lassen Sie es weg.',
  'This person is switched off, and could not sign in with another password.':
    'Diese Person ist abgeschaltet und könnte sich auch mit einem anderen Passwort nicht anmelden.',
  History: 'Verlauf',
  'All of it': 'Alles',
  About: 'Über die Person',
  Verified: 'Bestätigt',
  'Will be deleted': 'Wird gelöscht',
  'Not yet': 'Noch nicht',
  'Name and e-mail': 'Name und E-Mail',
  'A new address counts as unverified.': 'Eine neue Adresse gilt als unbestätigt.',
  Rights: 'Rechte',
  'Switched off, nobody can sign in as this person, and all their sessions end.':
    'Ohne Häkchen kann sich niemand als diese Person anmelden, und alle ihre Sitzungen enden.',
  'May look at this administration; apps may have pages for staff.':
    'Darf diese Verwaltung ansehen; Anwendungen können Seiten für das Team haben.',
  'May do everything, here and in the apps.': 'Darf alles, hier und in den Anwendungen.',
  'Save rights': 'Rechte speichern',
  'Nobody chooses a password for somebody else. A mailed link lets them choose a new one.':
    'Niemand wählt ein Passwort für jemand anderen. Mit einem Link per E-Mail kann die Person selbst ein neues wählen.',
  'Nobody chooses a password for somebody else, and this service sends no mail. Set SMTP_URL, and a mailed link lets them choose a new one.':
    'Niemand wählt ein Passwort für jemand anderen, und dieser Dienst verschickt keine E-Mails. Ist SMTP_URL gesetzt, kann die Person mit einem Link per E-Mail selbst ein neues wählen.',
  'Send reset link': 'Link senden',
  'In no group.': 'In keiner Gruppe.',
  'Take out of {group}': 'Aus {group} entfernen',
  'Take out': 'Entfernen',
  'Name of a group': 'Name einer Gruppe',
  'Add to group': 'In Gruppe aufnehmen',
  'Unconfirmed address': 'Unbestätigte Adresse',
  'A mailed link lets them show that {email} is theirs. Or vouch for it, if you know that it is.':
    'Mit einem Link per E-Mail kann die Person zeigen, dass {email} ihr gehört. Oder Sie bürgen dafür, wenn Sie es wissen.',
  'This service sends no mail. Set SMTP_URL, and a mailed link lets them show that {email} is theirs. Or vouch for it, if you know that it is.':
    'Dieser Dienst verschickt keine E-Mails. Ist SMTP_URL gesetzt, kann die Person mit einem Link per E-Mail zeigen, dass {email} ihr gehört. Oder Sie bürgen dafür, wenn Sie es wissen.',
  'Mail the link again': 'Link erneut schicken',
  'Mark as confirmed': 'Als bestätigt vermerken',
  'This person has nothing to confirm, or is switched off and could not.':
    'Diese Person hat nichts zu bestätigen, oder sie ist abgeschaltet und könnte es nicht.',
  Deletion: 'Löschung',
  'They are signed out everywhere. After {time} the account is deleted for good, and every app is told to forget them. Signing in before then brings it back, unless it is switched off.':
    'Die Person wird überall abgemeldet. Die Frist beträgt {time}; danach wird das Konto endgültig gelöscht, und jede Anwendung erfährt, dass sie die Person vergessen soll. Wer sich vorher anmeldet, behält das Konto, sofern es nicht abgeschaltet ist.',
  'Delete this account': 'Dieses Konto löschen',
  'Deleted for good: {when}. Signing in before then brings it back, unless it is switched off.':
    'Endgültig gelöscht: {when}. Wer sich vorher anmeldet, behält das Konto, sofern es nicht abgeschaltet ist.',
  'Cancel the deletion': 'Löschung aufheben',
  'Delete at once, with no way back': 'Sofort löschen, ohne Weg zurück',
  'Type their address, to be sure': 'Zur Sicherheit die Adresse der Person eingeben',
  'Delete for good, now': 'Jetzt endgültig löschen',
  'This is not their address. Nothing was deleted.':
    'Das ist nicht die Adresse der Person. Es wurde nichts gelöscht.',
  'Your own account you delete on your account page.': 'Ihr eigenes Konto löschen Sie auf Ihrer Kontoseite.',
  'Your own account you delete <a>on your account page</a>.':
    'Ihr eigenes Konto löschen Sie <a>auf Ihrer Kontoseite</a>.',
  'The account is deleted for good. The apps are told to forget them.':
    'Das Konto ist endgültig gelöscht. Die Anwendungen erfahren, dass sie die Person vergessen sollen.',
  Sessions: 'Sitzungen',
  'Signed in nowhere.': 'Nirgends angemeldet.',
  'Since {when}': 'Angemeldet: {when}',
  'Since {when} from {where}': 'Angemeldet: {when}, von {where}',
  'End {device}': '{device}: Sitzung beenden',
  End: 'Beenden',
  'End all sessions': 'Alle Sitzungen beenden',

  // Groups
  'The group is deleted. The apps know within a second.':
    'Die Gruppe ist gelöscht. Die Anwendungen wissen es binnen einer Sekunde.',
  'Apps find the names of a person’s groups with the person, and decide what they mean.':
    'Anwendungen erfahren mit jeder Person die Namen ihrer Gruppen und entscheiden, was diese bedeuten.',
  'New group': 'Neue Gruppe',
  'Create group': 'Gruppe anlegen',
  'No groups yet.': 'Noch keine Gruppen.',
  'No groups beyond these.': 'Keine weiteren Gruppen.',
  Group: 'Gruppe',
  Members: 'Mitglieder',
  'More than {many}': 'Mehr als {many}',
  'The group is there. Now add its members.': 'Die Gruppe ist angelegt. Nehmen Sie jetzt Mitglieder auf.',
  'Renamed. The apps know within a second.': 'Umbenannt. Die Anwendungen wissen es binnen einer Sekunde.',
  'Added. The apps know within a second.': 'Aufgenommen. Die Anwendungen wissen es binnen einer Sekunde.',
  'Nobody here has this e-mail address.': 'Niemand hier hat diese E-Mail-Adresse.',
  'Nobody yet.': 'Noch niemand.',
  Settings: 'Einstellungen',
  'Apps go by this name: tell their makers before you change it.':
    'Anwendungen richten sich nach diesem Namen: Sagen Sie denen, die sie betreuen, Bescheid, bevor Sie ihn ändern.',
  Rename: 'Umbenennen',
  'Delete this group': 'Diese Gruppe löschen',
  'Its members stay, and lose what apps allow this group.':
    'Ihre Mitglieder bleiben und verlieren, was Anwendungen dieser Gruppe erlauben.',
  'Delete {name}': '{name} löschen',
  'Add a member': 'Mitglied aufnehmen',
  Add: 'Aufnehmen',
  'Take out {who}': '{who} entfernen',
  'There is a group of this name already.': 'Es gibt schon eine Gruppe dieses Namens.',
  'Somebody else has just changed this group. Look at it again.':
    'Jemand anderes hat diese Gruppe gerade geändert. Sehen Sie sie sich noch einmal an.',
  '{email} is in so many groups that their names would not fit into the sign-in cookie any more: they have {room} bytes together. Take this person out of another group first, or use shorter names.':
    '{email} ist in so vielen Gruppen, dass deren Namen nicht mehr ins Cookie der Anmeldung passen: Zusammen haben sie {room} Bytes. Entfernen Sie diese Person zuerst aus einer anderen Gruppe, oder nehmen Sie kürzere Namen.',
  '{email} is in this group already.': '{email} ist schon in dieser Gruppe.',
  'Leave out quotation marks ("), backslashes and control characters.':
    'Lassen Sie Anführungszeichen ("), umgekehrte Schrägstriche und Steuerzeichen weg.',

  // Apps
  'The app is registered.': 'Die Anwendung ist eingetragen.',
  'The app is registered no more. Nobody is sent to its origins beyond the family from now on.':
    'Die Anwendung ist nicht mehr eingetragen. Ab jetzt wird niemand mehr zu ihren Adressen außerhalb der Cookie-Domain geschickt.',
  'Apps below the cookie domain work without being registered. Registered ones are called by their name, are on everybody’s account page, and may have origins elsewhere that people are sent back to.':
    'Anwendungen unterhalb der Cookie-Domain funktionieren ohne Eintrag. Eingetragene werden beim Namen genannt, stehen auf allen Kontoseiten und dürfen anderswo Adressen haben, zu denen Personen zurückgeschickt werden.',
  'Change or remove {name}': '{name} ändern oder entfernen',
  'Register an app': 'Anwendung eintragen',
  'No apps yet.': 'Noch keine Anwendungen.',
  Origins: 'Adressen (Origins)',
  'Such as https://app1.example.com. Several are separated by spaces; people may be sent back to any of them.':
    'Zum Beispiel https://app1.example.com. Mehrere trennen Sie mit Leerzeichen; zu jeder davon können Personen zurückgeschickt werden.',
  'Start page': 'Startseite',
  'Where its tile leads: an address at one of the origins.':
    'Wohin ihre Kachel führt: eine Seite unter einer der Adressen.',
  Icon: 'Symbol',
  'Up to three letters, or an emoji.': 'Bis zu drei Buchstaben oder ein Emoji.',
  Register: 'Eintragen',
  Remove: 'Entfernen',
  'Remove {name}': '{name} entfernen',
  'There is an app of this name already.': 'Es gibt schon eine Anwendung dieses Namens.',
  '{origin} is registered for {app} already.': '{origin} ist schon für {app} eingetragen.',
  'Use up to three letters, or one emoji; or leave this empty.':
    'Nehmen Sie bis zu drei Buchstaben oder ein Emoji, oder lassen Sie das Feld leer.',
  'Enter at least one origin, e.g. https://app1.example.com.':
    'Geben Sie mindestens eine Adresse ein, zum Beispiel https://app1.example.com.',
  'Enter at most {count} origins.': 'Geben Sie höchstens {count} Adressen ein.',
  '“{origin}” is no origin: write it like https://app1.example.com.':
    '„{origin}“ ist keine solche Adresse: Schreiben Sie sie wie https://app1.example.com.',
  '{origin} is not https, and this service is. Nobody would be sent there.':
    '{origin} ist nicht https, dieser Dienst aber schon. Niemand würde dorthin geschickt.',
  'Enter origins like https://app1.example.com, with spaces in between.':
    'Geben Sie Adressen wie https://app1.example.com ein, mit Leerzeichen dazwischen.',
  'Enter an address at one of the origins ({origins}), or leave this empty.':
    'Geben Sie eine Seite unter einer der Adressen ({origins}) ein, oder lassen Sie das Feld leer.',

  // Invitations
  'Invited: the mail is on its way.': 'Eingeladen: Die E-Mail ist unterwegs.',
  'A new mail is on its way. The link in the one before works no more.':
    'Eine neue E-Mail ist unterwegs. Der Link in der vorigen gilt nicht mehr.',
  'Withdrawn: the link works no more.': 'Zurückgezogen: Der Link gilt nicht mehr.',
  'Registration is open to everybody; who comes by an invitation need not confirm the address.':
    'Die Registrierung steht allen offen; wer mit einer Einladung kommt, muss die Adresse nicht bestätigen.',
  'Registration is by invitation alone.': 'Die Registrierung ist nur mit Einladung möglich.',
  'Registration is closed: nobody gets an account but by an invitation from here.':
    'Die Registrierung ist geschlossen: Ein Konto bekommt nur, wer von hier aus eingeladen wird.',
  'The first person to open this link may register. It works for seven days. Copy it now: {link}':
    'Wer diesen Link zuerst öffnet, darf sich registrieren. Er gilt sieben Tage. Kopieren Sie ihn jetzt: {link}',
  'Invite somebody': 'Jemanden einladen',
  'Leave this empty for a link that you hand over yourself.':
    'Lassen Sie das Feld leer, um einen Link zu erhalten, den Sie selbst weitergeben.',
  'This service sends no mail: you get a link that you hand over yourself. Set SMTP_URL, and invitations are mailed.':
    'Dieser Dienst verschickt keine E-Mails: Sie erhalten einen Link, den Sie selbst weitergeben. Ist SMTP_URL gesetzt, werden Einladungen verschickt.',
  'This service sends no mail. Leave this empty for a link that you hand over yourself, or set SMTP_URL.':
    'Dieser Dienst verschickt keine E-Mails. Lassen Sie das Feld leer, um einen Link zu erhalten, den Sie selbst weitergeben, oder setzen Sie SMTP_URL.',
  'As staff': 'Für das Team',
  'Staff may look at the administration.': 'Das Team darf die Verwaltung ansehen.',
  Invite: 'Einladen',
  'Nobody is invited yet.': 'Noch ist niemand eingeladen.',
  'Nobody is invited before that.': 'Davor ist niemand eingeladen.',
  'All invitations': 'Alle Einladungen',
  'Link for anybody': 'Link für beliebige Personen',
  Expired: 'Abgelaufen',
  Accepted: 'Angenommen',
  'Invited {when}, good until {until}': 'Eingeladen: {when}, gültig bis {until}',
  'Invited {when}, accepted {until}': 'Eingeladen: {when}, angenommen: {until}',
  'Send again': 'Erneut senden',
  'New link': 'Neuer Link',
  'Send again: {whose}': 'Erneut senden: {whose}',
  'New link: {whose}': 'Neuer Link: {whose}',
  Withdraw: 'Zurückziehen',
  'Withdraw: {whose}': 'Zurückziehen: {whose}',
  'Somebody with this e-mail address has an account already.':
    'Jemand mit dieser E-Mail-Adresse hat schon ein Konto.',
  'Say true or false, or leave this out for false.':
    'Geben Sie true oder false an, oder lassen Sie es für false weg.',

  // Audit log
  Anything: 'Alles',
  What: 'Was',
  'To whom': 'Bei wem',
  'By whom': 'Durch wen',
  'From where': 'Von wo',
  When: 'Wann',
  'From (UTC)': 'Von (UTC)',
  'IP address': 'IP-Adresse',
  'To (UTC)': 'Bis (UTC)',
  'E-mail or id': 'E-Mail, Kennung',
  'This page as JSON': 'Diese Seite als JSON',
  'Older entries': 'Ältere Einträge',
  'Nothing here.': 'Hier ist nichts.',
  'Sign-in failed': 'Anmeldung gescheitert',
  Themselves: 'Die Person selbst',
  Unknown: 'Unbekannt',
  'The operator': 'Der Betrieb',
  'Changed meanwhile': 'Inzwischen geändert',
  'Somebody else changed this after the page was opened. Nothing was saved.':
    'Jemand anderes hat das geändert, nachdem die Seite geöffnet wurde. Es wurde nichts gespeichert.',
  'Below is how it is now. Check it, then save again if you still want to.':
    'Unten sehen Sie den jetzigen Stand. Prüfen Sie ihn und speichern Sie noch einmal, wenn Sie das weiterhin möchten.',
  yes: 'ja',
  no: 'nein',
  '(empty)': '(leer)',
  address: 'Adresse',
  app: 'Anwendung',
  'app id': 'Kennung der Anwendung',
  because: 'Anlass',
  by: 'durch',
  confirmed: 'bestätigt',
  current: 'aktuell',
  email: 'E-Mail',
  'due at': 'fällig am',
  'first name': 'Vorname',
  group: 'Gruppe',
  'group id': 'Kennung der Gruppe',
  icon: 'Symbol',
  invitation: 'Einladung',
  'is active': 'aktiv',
  'is staff': 'im Team',
  'is superuser': 'Superuser',
  key: 'Schlüssel',
  'last name': 'Nachname',
  member: 'Mitglied',
  members: 'Mitglieder',
  name: 'Name',
  next: 'als Nächstes',
  origins: 'Adressen',
  reason: 'Grund',
  'start url': 'Startseite',
  state: 'Zustand',
}
