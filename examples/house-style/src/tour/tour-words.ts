/** The texts of the tour, in the language of the browser. */
export type Language = 'en' | 'de'

/** German if the browser prefers it to English. */
export function languageOf(accepted = ''): Language {
  const first = /\b(en|de)\b/i.exec(accepted)?.[1]
  return first?.toLowerCase() === 'de' ? 'de' : 'en'
}

const EN = {
  tour: 'Demo tour',
  you: 'You are',
  staff: 'staff',
  signedOut: 'not signed in',
  keptOut: 'signed in, but without access to this app',
  notAccepted: 'not recognised in this request',
  unknown: 'not known until the auth service answers',
  unasked: 'not known on this page',
  token: 'Your access token',
  noToken: 'none',
  refused: 'not accepted',
  renewed: 'was renewed for this page',
  valid: 'valid for another {left}',
  feed: 'Revocation feed',
  idle: 'not needed yet',
  live: 'connected',
  connecting: 'connecting',
  reconnecting: 'disconnected, trying again',
  stale: 'disconnected for a while, trying again',
  closed: 'closed',
  become_staff: 'Become staff',
  leave_staff: 'Stop being staff',
  end_token: 'Let the token end',
  stop_auth: 'Stop the auth service for 20 s',
  end_all: 'Sign out everywhere',
  signIn: 'Sign in to try what the apps do when something changes.',
  unanswered: 'The auth service must check or renew your sign-in, but it does not answer.',
  reloads: 'This page loads again every {seconds} seconds, until the service answers.',
  tryAgain: 'Please try again in a few seconds.',
  did_become_staff: 'You became staff.',
  did_leave_staff: 'You stopped being staff.',
  did_end_token: 'The browser deleted your access token.',
  did_end_all: 'All your sessions ended.',
  did_stop_auth: 'The auth service has stopped.',
  restarts: 'It starts again in {seconds} s.',
  restarting: 'It is starting again.',
  already_become_staff: 'You were staff already.',
  already_leave_staff: 'You were not staff.',
  already_end_all: 'You were signed out already.',
  already_stop_auth: 'The auth service was stopped already.',
  fetched: 'This page got a new one from the auth service, in {ms} ms.',
  fetchedBefore: 'Another request of your browser has already got a new one from the auth service.',
  checkThemselves:
    'You stay signed in, because apps check tokens themselves. Let the token end now: the next page has to wait for the auth service.',
  heard: '{app} heard it after {ms} ms.',
  unopened: '{app} hears of changes once a signed-in user opens it.',
  disconnected: '{app} has not heard it yet: it has no connection to the auth service.',
  late: '{app} has not heard it within 3 seconds.',
  failed: 'That did not work. The terminal of npm run demo says why.',
} as const

type Words = Readonly<Record<keyof typeof EN, string>>

const DE: Words = {
  tour: 'Rundgang',
  you: 'Sie sind',
  staff: 'Team',
  signedOut: 'nicht angemeldet',
  keptOut: 'angemeldet, aber ohne Zugang zu dieser App',
  notAccepted: 'bei dieser Anfrage nicht erkannt',
  unknown: 'erst bekannt, wenn der Anmeldedienst antwortet',
  unasked: 'auf dieser Seite nicht bekannt',
  token: 'Ihr Zugriffstoken',
  noToken: 'keines',
  refused: 'nicht anerkannt',
  renewed: 'wurde für diese Seite erneuert',
  valid: 'gilt noch {left}',
  feed: 'Widerrufs-Feed',
  idle: 'noch nicht gebraucht',
  live: 'verbunden',
  connecting: 'Verbindung wird aufgebaut',
  reconnecting: 'getrennt, neuer Versuch läuft',
  stale: 'seit einer Weile getrennt, neuer Versuch läuft',
  closed: 'beendet',
  become_staff: 'Teammitglied werden',
  leave_staff: 'Team verlassen',
  end_token: 'Token ablaufen lassen',
  stop_auth: 'Anmeldedienst 20 s anhalten',
  end_all: 'Überall abmelden',
  signIn: 'Melden Sie sich an, um zu sehen, was die Apps tun, wenn sich etwas ändert.',
  unanswered: 'Der Anmeldedienst muss Ihre Anmeldung prüfen oder erneuern, antwortet aber nicht.',
  reloads: 'Diese Seite lädt alle {seconds} Sekunden neu, bis er antwortet.',
  tryAgain: 'Bitte versuchen Sie es in einigen Sekunden noch einmal.',
  did_become_staff: 'Sie sind jetzt Teammitglied.',
  did_leave_staff: 'Sie haben das Team verlassen.',
  did_end_token: 'Der Browser hat Ihr Zugriffstoken gelöscht.',
  did_end_all: 'Alle Ihre Sitzungen wurden beendet.',
  did_stop_auth: 'Der Anmeldedienst ist angehalten.',
  restarts: 'Er startet in {seconds} s wieder.',
  restarting: 'Er startet gerade wieder.',
  already_become_staff: 'Sie gehörten schon zum Team.',
  already_leave_staff: 'Sie gehörten nicht zum Team.',
  already_end_all: 'Sie waren schon abgemeldet.',
  already_stop_auth: 'Der Anmeldedienst war schon angehalten.',
  fetched: 'Diese Seite hat in {ms} ms ein neues vom Anmeldedienst bekommen.',
  fetchedBefore: 'Eine andere Anfrage Ihres Browsers hat bereits ein neues vom Anmeldedienst bekommen.',
  checkThemselves:
    'Sie bleiben angemeldet, denn die Apps prüfen Tokens selbst. Lassen Sie jetzt das Token ablaufen: Dann muss die nächste Seite auf den Anmeldedienst warten.',
  heard: '{app} erfuhr es nach {ms} ms.',
  unopened: '{app} erfährt von Änderungen, sobald jemand die App angemeldet öffnet.',
  disconnected: '{app} hat es noch nicht erfahren: Die Verbindung zum Anmeldedienst fehlt.',
  late: '{app} hat es nach 3 Sekunden noch nicht erfahren.',
  failed: 'Das hat nicht geklappt. Den Grund nennt das Terminal von npm run demo.',
}

export type WordName = keyof typeof EN

/** A text, with its values. */
export type Say = (name: WordName, values?: Readonly<Record<string, string | number>>) => string

export const wordsIn = (language: Language): Say => {
  const words: Words = language === 'de' ? DE : EN
  return (name, values = {}) => words[name].replaceAll(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ''))
}
