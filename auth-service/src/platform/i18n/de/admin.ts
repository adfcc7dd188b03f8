import type { Dictionary } from '../language.ts'

/** The pages of the administration, with messages about groups, apps and invitations. */
export const adminInGerman: Dictionary = {
  // Layout
  '{title} · Administration': '{title} · Verwaltung',
  Dashboard: 'Übersicht',
  People: 'Personen',
  Groups: 'Gruppen',
  Apps: 'Apps',
  Invitations: 'Einladungen',
  'Audit log': 'Protokoll',
  'You are staff. You can view these pages; only superusers can change anything.':
    'Sie gehören zum Team. Sie können diese Seiten ansehen; ändern können nur Superuser etwas.',
  Pages: 'Seiten',
  'Back to the start': 'Zurück zum Anfang',
  'Next page': 'Nächste Seite',
  Show: 'Anzeigen',
  'Saved.': 'Gespeichert.',

  // Dashboard
  'Sign-ins': 'Anmeldungen',
  'Failed sign-ins': 'Fehlgeschlagene Anmeldungen',
  'New people': 'Neue Personen',
  'Active sessions by start date': 'Aktive Sitzungen nach Beginn',
  'Sign-ins today': 'Anmeldungen heute',
  'New people today': 'Neue Personen heute',
  'Active sessions': 'Aktive Sitzungen',
  Superusers: 'Superuser',
  '{total} in the last {days} days, {today} today.': '{total} in den letzten {days} Tagen, heute {today}.',
  '{total} in the last {days} days, {today} today. Peak: {most} on {day}.':
    '{total} in den letzten {days} Tagen, heute {today}. Höchstwert: {most} am {day}.',
  'Counted at {when}, by UTC days. Updated at most once a minute.':
    'Gezählt am {when}, nach Tagen in UTC. Höchstens einmal pro Minute aktualisiert.',
  'As a table': 'Als Tabelle',
  Day: 'Tag',
  Number: 'Anzahl',

  // Users
  Everyone: 'Alle',
  Active: 'Aktiv',
  Disabled: 'Deaktiviert',
  'To be deleted': 'Zur Löschung vorgesehen',
  'Unconfirmed email': 'E-Mail nicht bestätigt',
  'Newest first': 'Neueste zuerst',
  'By email': 'Nach E-Mail',
  'Name or email': 'Name oder E-Mail',
  Filter: 'Filter',
  Order: 'Sortierung',
  'No people found.': 'Keine Personen gefunden.',
  'No match in the first {count} {count:result|results}. Continue on the next page.':
    'Kein Treffer in {count} {count:durchsuchtem Eintrag|durchsuchten Einträgen}. Auf der nächsten Seite geht es weiter.',
  'No more people.': 'Keine weiteren Personen.',
  Person: 'Person',
  Status: 'Status',
  'Last sign-in': 'Letzte Anmeldung',
  Never: 'Noch nie',
  Unconfirmed: 'Nicht bestätigt',

  // User page
  'Saved. Apps see the change within a second.':
    'Gespeichert. Die Apps übernehmen die Änderung innerhalb einer Sekunde.',
  'Added to the group. Apps see the change within a second.':
    'Zur Gruppe hinzugefügt. Die Apps übernehmen die Änderung innerhalb einer Sekunde.',
  'Removed from the group. Apps see the change within a second.':
    'Aus der Gruppe entfernt. Die Apps übernehmen die Änderung innerhalb einer Sekunde.',
  'A password reset link was sent to this person.':
    'Ein Link zum Zurücksetzen des Passworts wurde an diese Person gesendet.',
  'The address is marked as confirmed.': 'Die Adresse ist als bestätigt markiert.',
  'A confirmation link was sent to this address.': 'Ein Bestätigungslink wurde an diese Adresse gesendet.',
  'Signed out everywhere. The account will be deleted.': 'Überall abgemeldet. Das Konto wird gelöscht.',
  'The deletion is cancelled.': 'Die Löschung ist abgebrochen.',
  'Session ended.': 'Sitzung beendet.',
  'All sessions of this person ended.': 'Alle Sitzungen dieser Person sind beendet.',
  'Another account uses this email address.': 'Ein anderes Konto verwendet diese E-Mail-Adresse.',
  'You can’t remove your own rights. Ask another superuser to do it.':
    'Sie können sich nicht selbst Rechte entziehen. Bitten Sie einen anderen Superuser darum.',
  'This is the last active superuser. Make another person a superuser first.':
    'Das ist der letzte aktive Superuser. Machen Sie zuerst eine andere Person zum Superuser.',
  'There is no group with this name.': 'Es gibt keine Gruppe mit diesem Namen.',
  'Must be true or false, or omitted.': 'Erlaubt sind true und false; das Feld darf auch fehlen.',
  'This account is disabled. Enable it before you send a reset link.':
    'Dieses Konto ist deaktiviert. Aktivieren Sie es, bevor Sie einen Link senden.',
  History: 'Verlauf',
  'Full history': 'Gesamter Verlauf',
  About: 'Über diese Person',
  'Will be deleted': 'Wird gelöscht',
  'Not yet': 'Noch nicht',
  'Name and email': 'Name und E-Mail',
  'A new address is unconfirmed.': 'Eine neue Adresse gilt als nicht bestätigt.',
  Rights: 'Rechte',
  'A disabled account can’t sign in, and all its sessions end.':
    'Ein deaktiviertes Konto kann sich nicht anmelden, und alle seine Sitzungen enden.',
  'Can view the administration. Apps may have pages for staff.':
    'Kann die Verwaltung ansehen. Apps können eigene Seiten für das Team haben.',
  'Can do everything, here and in the apps.': 'Kann alles, hier und in den Apps.',
  'Save rights': 'Rechte speichern',
  'You can’t set a password for another person. Send a link so that they can choose a new one.':
    'Sie können kein Passwort für eine andere Person festlegen. Senden Sie ihr einen Link, mit dem sie selbst ein neues wählt.',
  'You can’t set a password for another person. This service sends no email: set SMTP_URL to send links for choosing a new one.':
    'Sie können kein Passwort für eine andere Person festlegen. Dieser Dienst verschickt keine E-Mails: Setzen Sie SMTP_URL, um Links zum Wählen eines neuen Passworts zu senden.',
  'Send reset link': 'Link senden',
  'Not in any group.': 'In keiner Gruppe.',
  'Remove from {group}': 'Aus {group} entfernen',
  Remove: 'Entfernen',
  'Group name': 'Name der Gruppe',
  'Add to group': 'Zur Gruppe hinzufügen',
  'Unconfirmed address': 'Adresse nicht bestätigt',
  'Send a link so that this person can confirm {email}. If you know that the address is theirs, mark it as confirmed.':
    'Senden Sie einen Link, mit dem diese Person {email} bestätigen kann. Wenn Sie wissen, dass die Adresse ihr gehört, markieren Sie sie als bestätigt.',
  'This service sends no email: set SMTP_URL to send a link for confirming {email}. If you know that the address is theirs, mark it as confirmed.':
    'Dieser Dienst verschickt keine E-Mails: Setzen Sie SMTP_URL, um einen Link zum Bestätigen von {email} zu senden. Wenn Sie wissen, dass die Adresse dieser Person gehört, markieren Sie sie als bestätigt.',
  'Send the link again': 'Link erneut senden',
  'Mark as confirmed': 'Als bestätigt markieren',
  'This address is already confirmed, or the account is disabled.':
    'Diese Adresse ist schon bestätigt, oder das Konto ist deaktiviert.',
  Deletion: 'Löschung',
  'This person is signed out everywhere. The account is deleted permanently after {time}, and the apps are told to delete the person’s data. Signing in before then cancels the deletion, unless the account is disabled.':
    'Diese Person wird überall abgemeldet. Die Frist beträgt {time}. Danach wird das Konto endgültig gelöscht, und die Apps werden angewiesen, die Daten der Person zu löschen. Eine Anmeldung vor Ablauf der Frist bricht die Löschung ab, sofern das Konto nicht deaktiviert ist.',
  'Delete this account': 'Dieses Konto löschen',
  'Permanent deletion: {when}. Signing in before then cancels it, unless the account is disabled.':
    'Endgültige Löschung: {when}. Eine Anmeldung davor bricht sie ab, sofern das Konto nicht deaktiviert ist.',
  'Cancel the deletion': 'Löschung abbrechen',
  'Delete immediately and permanently': 'Sofort und endgültig löschen',
  'To confirm, type the person’s email address':
    'Geben Sie zur Bestätigung die E-Mail-Adresse der Person ein',
  'Delete permanently now': 'Jetzt endgültig löschen',
  'This is not the person’s email address. Nothing was deleted.':
    'Das ist nicht die E-Mail-Adresse der Person. Es wurde nichts gelöscht.',
  'Delete your own account from your account page.': 'Ihr eigenes Konto löschen Sie auf Ihrer Kontoseite.',
  'Delete your own account <a>from your account page</a>.':
    'Ihr eigenes Konto löschen Sie <a>auf Ihrer Kontoseite</a>.',
  'The account is deleted permanently. The apps are told to delete the person’s data.':
    'Das Konto ist endgültig gelöscht. Die Apps werden angewiesen, die Daten der Person zu löschen.',
  Sessions: 'Sitzungen',
  'Not signed in anywhere.': 'Nirgends angemeldet.',
  'Since {when}': 'Angemeldet: {when}',
  'Since {when} from {where}': 'Angemeldet: {when}, {where}',
  'End {device}': '{device}: Sitzung beenden',
  End: 'Beenden',
  'End all sessions': 'Alle Sitzungen beenden',

  // Groups
  'Group deleted. Apps see the change within a second.':
    'Gruppe gelöscht. Die Apps übernehmen die Änderung innerhalb einer Sekunde.',
  'Apps receive the names of a person’s groups and decide what each group may do.':
    'Apps erhalten die Namen der Gruppen einer Person und entscheiden, was eine Gruppe darf.',
  'New group': 'Neue Gruppe',
  'Create group': 'Gruppe erstellen',
  'No groups yet.': 'Noch keine Gruppen.',
  'No more groups.': 'Keine weiteren Gruppen.',
  Group: 'Gruppe',
  Members: 'Mitglieder',
  'More than {many}': 'Mehr als {many}',
  'Group created. Now add its members.': 'Gruppe erstellt. Fügen Sie jetzt Mitglieder hinzu.',
  'Renamed. Apps see the change within a second.':
    'Umbenannt. Die Apps übernehmen die Änderung innerhalb einer Sekunde.',
  'Added. Apps see the change within a second.':
    'Hinzugefügt. Die Apps übernehmen die Änderung innerhalb einer Sekunde.',
  'No account has this email address.': 'Kein Konto hat diese E-Mail-Adresse.',
  'No members yet.': 'Noch keine Mitglieder.',
  Settings: 'Einstellungen',
  'Apps rely on this name. Tell their developers before you change it.':
    'Apps richten sich nach diesem Namen. Informieren Sie die Entwickler, bevor Sie ihn ändern.',
  Rename: 'Umbenennen',
  'Delete this group': 'Diese Gruppe löschen',
  'Its members keep their accounts and lose what apps allow this group.':
    'Die Mitglieder behalten ihre Konten, verlieren aber, was Apps dieser Gruppe erlauben.',
  'Delete {name}': '{name} löschen',
  'Add a member': 'Mitglied hinzufügen',
  Add: 'Hinzufügen',
  'Remove {who}': '{who} entfernen',
  'A group with this name already exists.': 'Eine Gruppe mit diesem Namen gibt es schon.',
  'Someone else has just changed this group. Reload the page and check it.':
    'Jemand anderes hat diese Gruppe gerade geändert. Laden Sie die Seite neu und prüfen Sie sie.',
  'The names of all groups of {email} no longer fit in the sign-in cookie ({room} {room:byte|bytes} in total). Remove this person from another group first, or use shorter names.':
    'Die Namen aller Gruppen von {email} passen nicht mehr ins Anmelde-Cookie (insgesamt {room} Byte). Entfernen Sie diese Person zuerst aus einer anderen Gruppe oder verwenden Sie kürzere Namen.',
  '{email} is already in this group.': '{email} ist schon in dieser Gruppe.',
  'Leave out quotation marks ("), backslashes and control characters.':
    'Lassen Sie Anführungszeichen ("), umgekehrte Schrägstriche und Steuerzeichen weg.',

  // Apps
  'App registered.': 'App registriert.',
  'App removed. Its external origins are no longer valid return addresses.':
    'App entfernt. Ihre externen Origins sind keine gültigen Rücksprungadressen mehr.',
  'Apps under the cookie domain work without registration. Registered apps are shown by name, appear on every account page, and may have origins on other domains as return addresses.':
    'Apps unter der Cookie-Domain funktionieren ohne Registrierung. Registrierte Apps werden mit ihrem Namen genannt, stehen auf jeder Kontoseite und dürfen Rücksprungadressen auf anderen Domains haben.',
  'Change or remove {name}': '{name} ändern oder entfernen',
  'Register an app': 'App registrieren',
  'No apps yet.': 'Noch keine Apps.',
  Origins: 'Origins',
  'For example https://app1.example.com. Separate several with spaces. Each one is a valid return address.':
    'Zum Beispiel https://app1.example.com. Trennen Sie mehrere mit Leerzeichen. Jede ist eine gültige Rücksprungadresse.',
  'Start page': 'Startseite',
  'The address its tile opens, under one of the origins.':
    'Die Adresse, die ihre Kachel öffnet, unter einem der Origins.',
  Icon: 'Symbol',
  'Up to three letters, or an emoji.': 'Bis zu drei Buchstaben oder ein Emoji.',
  'Permissions of its own tokens': 'Berechtigungen der App selbst',
  'What the app may do in other apps without a user, with its credentials. Separate several with spaces; * allows all.':
    'Was die App mit ihren Zugangsdaten in anderen Apps ohne Benutzer darf. Trennen Sie mehrere mit Leerzeichen; * erlaubt alle.',
  'Enter names of permissions, separated by spaces, or * for all.':
    'Geben Sie Namen von Berechtigungen ein, durch Leerzeichen getrennt, oder * für alle.',
  'Enter at most {count} permissions.': 'Geben Sie höchstens {count} Berechtigungen ein.',
  Register: 'Registrieren',
  'Remove {name}': '{name} entfernen',
  'An app with this name already exists.': 'Eine App mit diesem Namen gibt es schon.',
  '{origin} is already registered for {app}.': '{origin} ist schon für {app} registriert.',
  'Use up to three letters or one emoji, or leave this empty.':
    'Verwenden Sie bis zu drei Buchstaben oder ein Emoji, oder lassen Sie das Feld leer.',
  'Enter at least one origin, e.g. https://app1.example.com.':
    'Geben Sie mindestens einen Origin ein, zum Beispiel https://app1.example.com.',
  'Enter at most {count} {count:origin|origins}.': 'Geben Sie höchstens {count} {count:Origin|Origins} ein.',
  '“{origin}” is not an origin. Write it like https://app1.example.com.':
    '„{origin}“ ist kein Origin. Schreiben Sie ihn wie https://app1.example.com.',
  '{origin} is not https, but this service is. Use an https origin.':
    '{origin} ist nicht https, dieser Dienst aber schon. Verwenden Sie einen https-Origin.',
  'Enter origins like https://app1.example.com, separated by spaces.':
    'Geben Sie Origins wie https://app1.example.com ein, getrennt durch Leerzeichen.',
  'Enter an address at one of the origins ({origins}), or leave this empty.':
    'Geben Sie eine Adresse unter einem der Origins ({origins}) ein, oder lassen Sie das Feld leer.',

  // Invitations
  'Invited. The email is on its way.': 'Eingeladen. Die E-Mail ist unterwegs.',
  'A new email is on its way. The link in the previous one no longer works.':
    'Eine neue E-Mail ist unterwegs. Der Link in der vorigen gilt nicht mehr.',
  'Withdrawn. The link no longer works.': 'Zurückgezogen. Der Link gilt nicht mehr.',
  'Registration is open to everyone. Invited people don’t need to confirm their address.':
    'Die Registrierung steht allen offen. Eingeladene Personen müssen ihre Adresse nicht bestätigen.',
  'Registration is by invitation only.': 'Die Registrierung ist nur mit Einladung möglich.',
  'Registration is closed. Only people you invite here can create an account.':
    'Die Registrierung ist geschlossen. Nur Personen, die Sie hier einladen, können ein Konto erstellen.',
  'The first person to open this link can register. It works for seven days. Copy it now: {link}':
    'Die erste Person, die diesen Link öffnet, kann sich registrieren. Er gilt sieben Tage. Kopieren Sie ihn jetzt: {link}',
  'Invite a person': 'Person einladen',
  'Leave this empty to get a link that you pass on yourself.':
    'Lassen Sie das Feld leer, um einen Link zu erhalten, den Sie selbst weitergeben.',
  'This service sends no email: you get a link that you pass on yourself. Set SMTP_URL to send invitations by email.':
    'Dieser Dienst verschickt keine E-Mails: Sie erhalten einen Link, den Sie selbst weitergeben. Setzen Sie SMTP_URL, um Einladungen per E-Mail zu verschicken.',
  'This service sends no email. Leave this empty to get a link that you pass on yourself, or set SMTP_URL.':
    'Dieser Dienst verschickt keine E-Mails. Lassen Sie das Feld leer, um einen Link zu erhalten, den Sie selbst weitergeben, oder setzen Sie SMTP_URL.',
  'As staff': 'Als Teammitglied',
  'Staff can view the administration.': 'Das Team kann die Verwaltung ansehen.',
  Invite: 'Einladen',
  'No invitations yet.': 'Noch keine Einladungen.',
  'No older invitations.': 'Keine älteren Einladungen.',
  'All invitations': 'Alle Einladungen',
  'Open link': 'Offener Link',
  Expired: 'Abgelaufen',
  Accepted: 'Angenommen',
  'Invited {when}, valid until {until}': 'Eingeladen: {when}, gültig bis {until}',
  'Invited {when}, accepted {until}': 'Eingeladen: {when}, angenommen: {until}',
  'Send again': 'Erneut senden',
  'New link': 'Neuer Link',
  'Send again: {whose}': 'Erneut senden: {whose}',
  'New link: {whose}': 'Neuer Link: {whose}',
  Withdraw: 'Zurückziehen',
  'Withdraw: {whose}': 'Zurückziehen: {whose}',
  'An account with this email address already exists.': 'Ein Konto mit dieser E-Mail-Adresse gibt es schon.',
  'Must be true or false (default: false).': 'Erlaubt sind true und false (Vorgabe: false).',

  // Audit log
  'All actions': 'Alle Aktionen',
  Action: 'Aktion',
  Subject: 'Betrifft',
  Actor: 'Durch',
  Location: 'Ort',
  When: 'Wann',
  'From (UTC)': 'Von (UTC)',
  'IP address': 'IP-Adresse',
  'To (UTC)': 'Bis (UTC)',
  'Email or ID': 'E-Mail oder ID',
  'This page as JSON': 'Diese Seite als JSON',
  'Older entries': 'Ältere Einträge',
  'No entries.': 'Keine Einträge.',
  'Sign-in failed': 'Anmeldung fehlgeschlagen',
  'The user': 'Die Person selbst',
  Unknown: 'Unbekannt',
  'Operator (command line)': 'Betreiber (Kommandozeile)',
  Automatic: 'Automatisch',
  'Changed in the meantime': 'Inzwischen geändert',
  'Someone else changed this after you opened the page. Nothing was saved.':
    'Jemand anderes hat das geändert, nachdem Sie die Seite geöffnet haben. Es wurde nichts gespeichert.',
  'The current values are below. Check them, then save again if you still want to.':
    'Unten sehen Sie die aktuellen Werte. Prüfen Sie sie und speichern Sie noch einmal, wenn Sie das weiterhin möchten.',
  yes: 'ja',
  no: 'nein',
  '(empty)': '(leer)',
  address: 'Adresse',
  app: 'App',
  'app ID': 'ID der App',
  apps: 'Apps',
  'asked from': 'angefragt von',
  authentication: 'Nachweis der App',
  'address for sign-outs': 'Adresse für Abmeldungen',
  'addresses after a sign-out': 'Adressen nach einer Abmeldung',
  because: 'Anlass',
  by: 'durch',
  confirmed: 'bestätigt',
  current: 'aktuell',
  device: 'Gerät',
  email: 'E-Mail',
  expires: 'läuft ab',
  'due at': 'fällig am',
  'first name': 'Vorname',
  from: 'aus',
  group: 'Gruppe',
  groups: 'Gruppen',
  'group ID': 'ID der Gruppe',
  icon: 'Symbol',
  'permissions of its own tokens': 'Berechtigungen der App selbst',
  invitation: 'Einladung',
  'is active': 'aktiv',
  'is staff': 'im Team',
  'is superuser': 'Superuser',
  key: 'Schlüssel',
  'last name': 'Nachname',
  member: 'Mitglied',
  members: 'Mitglieder',
  name: 'Name',
  never: 'nie',
  next: 'als Nächstes',
  origins: 'Origins',
  'our own app': 'eigene App',
  permissions: 'Berechtigungen',
  'public keys': 'öffentliche Schlüssel',
  'redirect URIs': 'Redirect-URIs',
  'addresses for responses': 'Adressen für Antworten',
  secret: 'Secret',
  to: 'an',
  token: 'Token',
  reason: 'Grund',
  'start page': 'Startseite',
  state: 'Zustand',
}
