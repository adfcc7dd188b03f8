import type { Dictionary } from '../language.ts'

/** Rules of apps for forward auth. */
export const rulesInGerman: Dictionary = {
  // Input
  'Begin with a slash, and use only letters, digits and - . _ ~. End with /* for everything below, for example /admin/*.':
    'Beginnen Sie mit einem Schrägstrich und verwenden Sie nur Buchstaben, Ziffern und - . _ ~. Mit /* am Ende gilt die Regel für alles darunter, zum Beispiel /admin/*.',
  'Write the path without codes such as %61: requests that spell a path with them are refused anyway.':
    'Schreiben Sie den Pfad ohne Codes wie %61: Anfragen, die einen Pfad so schreiben, werden ohnehin abgelehnt.',
  'Enter names, separated by commas.': 'Geben Sie Namen ein, getrennt durch Kommas.',
  'Enter at most {count} {count:name|names}.': 'Geben Sie höchstens {count} Namen ein.',
  'Choose who may open this path.': 'Wählen Sie, wer diesen Pfad öffnen darf.',
  'Choose “Members of groups” above, or leave this empty.':
    'Wählen Sie oben „Mitglieder von Gruppen“, oder lassen Sie das Feld leer.',
  'Choose “People with permissions” above, or leave this empty.':
    'Wählen Sie oben „Personen mit Berechtigungen“, oder lassen Sie das Feld leer.',
  'An app can have at most {count} rules.': 'Eine App kann höchstens {count} Regeln haben.',
  'There is a rule for this path already. Change that one.':
    'Für diesen Pfad gibt es schon eine Regel. Ändern Sie diese.',
  'Send a list of rules, each with a path.': 'Senden Sie eine Liste von Regeln, jede mit einem Pfad.',
  'There is no rule for this path.': 'Für diesen Pfad gibt es keine Regel.',
  'Rule {number}: {problem}': 'Regel {number}: {problem}',
  'The rule for {path} would never apply: the rule for {other} above it already matches.':
    'Die Regel für {path} würde nie gelten: Schon die Regel für {other} darüber trifft zu.',
  'A rule of FORWARD_AUTH_RULES for {other} decides this at {host}, and applies first. Change that file instead.':
    'Darüber entscheidet bei {host} schon eine Regel für {other} aus FORWARD_AUTH_RULES; sie gilt zuerst. Ändern Sie stattdessen diese Datei.',
  'There is no group “{name}”. Create it first.': 'Es gibt keine Gruppe „{name}“. Legen Sie sie zuerst an.',
  '{app} has not published a permission “{name}”, and FORWARD_AUTH_RULES defines none.':
    '{app} hat keine Berechtigung „{name}“ veröffentlicht, und FORWARD_AUTH_RULES definiert auch keine.',

  // Page
  'Rules for {name}': 'Regeln für {name}',
  'Rules for {name} ({count})': 'Regeln für {name} ({count})',
  Rules: 'Regeln',
  'Rule added. It applies within a second.': 'Regel hinzugefügt. Sie gilt spätestens nach einer Sekunde.',
  'Rule changed. It applies within a second.': 'Regel geändert. Sie gilt spätestens nach einer Sekunde.',
  'Rule moved. The new order applies within a second.':
    'Regel verschoben. Die neue Reihenfolge gilt spätestens nach einer Sekunde.',
  'Rule removed. It stops applying within a second.':
    'Regel entfernt. Sie gilt spätestens nach einer Sekunde nicht mehr.',
  'For a site whose proxy asks this service who may open a path (forward auth). The first rule that matches applies. Where none matches, all signed-in people may open it.':
    'Für eine Website, deren Proxy bei diesem Dienst nachfragt, wer einen Pfad öffnen darf (Forward Auth). Es gilt die erste Regel, die zutrifft. Wo keine zutrifft, dürfen alle angemeldeten Personen den Pfad öffnen.',
  'These rules protect nothing yet: set FORWARD_AUTH_PROXY, and let your proxy ask.':
    'Diese Regeln schützen noch nichts: Setzen Sie FORWARD_AUTH_PROXY, und lassen Sie Ihren Proxy nachfragen.',
  'Rules of the file': 'Regeln der Datei',
  'They are in the file of FORWARD_AUTH_RULES, apply first, and can be changed only there.':
    'Sie stehen in der Datei von FORWARD_AUTH_RULES, gelten zuerst und lassen sich nur dort ändern.',
  'At {origins}': 'Unter {origins}',
  'No rules yet.': 'Noch keine Regeln.',
  'Back to all apps': 'Zurück zu allen Apps',
  'Members of groups': 'Mitglieder von Gruppen',
  'People with permissions': 'Personen mit Berechtigungen',
  'All signed-in people': 'Alle angemeldeten Personen',
  'Everyone, without signing in': 'Alle, auch ohne Anmeldung',
  'Members of {names}': 'Mitglieder von {names}',
  'People with {names}': 'Personen mit {names}',
  'There is no group “{name}”, so it has no members.':
    'Es gibt keine Gruppe „{name}“ und deshalb keine Mitglieder.',
  'No permission “{name}” is defined, so only superusers may open this path.':
    'Es ist keine Berechtigung „{name}“ definiert, deshalb dürfen nur Superuser diesen Pfad öffnen.',
  'Move {path} up': '{path} nach oben verschieben',
  'Move {path} down': '{path} nach unten verschieben',
  Change: 'Ändern',
  'Change the rule for {path}': 'Regel für {path} ändern',
  'Remove the rule for {path}': 'Regel für {path} entfernen',
  'Add a rule': 'Regel hinzufügen',
  Path: 'Pfad',
  'For example /admin/* for everything below /admin, or /report for one page.':
    'Zum Beispiel /admin/* für alles unter /admin oder /report für eine einzelne Seite.',
  'Who may open it': 'Wer ihn öffnen darf',
  'For members of groups: names, separated by commas. Members of at least one of them may open it, and superusers.':
    'Für Mitglieder von Gruppen: Namen, getrennt durch Kommas. Mitglieder mindestens einer dieser Gruppen dürfen den Pfad öffnen, außerdem Superuser.',
  'For people with permissions: names, separated by commas. People who have all of them may open it. Defined permissions: {names}':
    'Für Personen mit Berechtigungen: Namen, getrennt durch Kommas. Personen, die alle davon haben, dürfen den Pfad öffnen. Definierte Berechtigungen: {names}',
  Place: 'Stelle',
  'At the end': 'Am Ende',
  'Before {path}': 'Vor {path}',
  'Remove the rules of this app first: without them, all signed-in people could open what the rules protect.':
    'Entfernen Sie zuerst die Regeln dieser App: Ohne sie könnten alle angemeldeten Personen öffnen, was die Regeln schützen.',
  'Rules of these apps name this group, and don’t follow a new name: {apps}':
    'Regeln dieser Apps nennen diese Gruppe und richten sich nicht nach einem neuen Namen: {apps}',
  'Rules of an app changed': 'Regeln einer App geändert',
  rules: 'Regeln',
}
