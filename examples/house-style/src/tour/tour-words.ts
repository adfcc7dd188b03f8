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
  anonymous: 'not signed in',
  staff: 'staff',
  token: 'Your token',
  noToken: 'none',
  renewed: 'was renewed with this page',
  lives: 'lives for {left} more',
  feed: 'Revocation feed',
  live: 'connected',
  idle: 'not needed yet',
  connecting: 'connecting',
  reconnecting: 'disconnected, trying again',
  stale: 'silent for too long',
  closed: 'closed',
  become_staff: 'Become staff',
  leave_staff: 'Stop being staff',
  end_token: 'Let the token end',
  stop_auth: 'Stop the auth service for 20 s',
  end_all: 'Sign out everywhere',
  signIn: 'Sign in to try what the apps do when something changes.',
  did_become_staff: 'You are staff now.',
  did_leave_staff: 'You are no longer staff.',
  did_end_token: 'The browser threw the access token away.',
  did_end_token_note: 'This page has a new one: asking the auth service took {ms} ms.',
  did_stop_auth: 'The auth service is stopped, and starts again 20 seconds later.',
  did_stop_auth_note:
    'You stay signed in: apps check tokens themselves. Let the token end now to see a page wait.',
  did_end_all: 'All your sessions have ended.',
  heard: '{app} heard it after {ms} ms.',
  unheard: '{app} has not heard it: the auth service does not answer.',
  failed: 'That did not work. The terminal of npm run demo says why.',
} as const

type Words = Readonly<Record<keyof typeof EN, string>>

const DE: Words = {
  tour: 'Rundgang',
  you: 'Sie sind',
  anonymous: 'nicht angemeldet',
  staff: 'Team',
  token: 'Ihr Token',
  noToken: 'keines',
  renewed: 'wurde mit dieser Seite erneuert',
  lives: 'gilt noch {left}',
  feed: 'Widerrufe',
  live: 'verbunden',
  idle: 'noch nicht gebraucht',
  connecting: 'Verbindung wird aufgebaut',
  reconnecting: 'getrennt, neuer Versuch läuft',
  stale: 'schon zu lange still',
  closed: 'beendet',
  become_staff: 'Teammitglied werden',
  leave_staff: 'Team verlassen',
  end_token: 'Token ablaufen lassen',
  stop_auth: 'Anmeldedienst 20 s anhalten',
  end_all: 'Überall abmelden',
  signIn: 'Melden Sie sich an, um zu sehen, was die Apps tun, wenn sich etwas ändert.',
  did_become_staff: 'Sie gehören jetzt zum Team.',
  did_leave_staff: 'Sie gehören nicht mehr zum Team.',
  did_end_token: 'Der Browser hat das Zugriffstoken verworfen.',
  did_end_token_note: 'Diese Seite hat ein neues: Die Anfrage beim Anmeldedienst dauerte {ms} ms.',
  did_stop_auth: 'Der Anmeldedienst ist angehalten und startet nach 20 Sekunden wieder.',
  did_stop_auth_note:
    'Sie bleiben angemeldet, denn die Apps prüfen Token selbst. Lassen Sie jetzt das Token ablaufen: Dann muss eine Seite warten.',
  did_end_all: 'Alle Ihre Sitzungen sind beendet.',
  heard: '{app} erfuhr es nach {ms} ms.',
  unheard: '{app} hat es noch nicht erfahren: Der Anmeldedienst antwortet nicht.',
  failed: 'Das hat nicht geklappt. Den Grund nennt das Terminal von npm run demo.',
}

export type WordName = keyof typeof EN

/** A text, with its values. */
export type Say = (name: WordName, values?: Readonly<Record<string, string | number>>) => string

export const wordsIn = (language: Language): Say => {
  const words: Words = language === 'de' ? DE : EN
  return (name, values = {}) => words[name].replaceAll(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ''))
}
