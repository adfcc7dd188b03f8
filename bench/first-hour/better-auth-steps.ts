import { readFileSync } from 'node:fs'

export type AppName = 'notes' | 'board'

/** The versions that docs/first-hour.md tells of. */
export const WALKED = { 'better-auth': '1.7.25', auth: '1.7.7' } as const

/**
 * The options in a command that someone decides on. `--yes` only answers questions, and an option of the same name as a
 * setting gives that setting its value.
 */
export const optionsIn = (text: string): string[] =>
  (text.match(/(?<= )--?[a-z][\w-]*/g) ?? []).filter(
    (option) => !['--yes', '--login-url', '--own-url'].includes(option),
  )

/** What someone does, in order. */
export interface Step {
  readonly app: AppName
  readonly kind: 'command' | 'edit'
  /** The command; or the change, as a patch with `{secret}` in place of a generated one. */
  readonly text: string
  /** Files that someone writes or changes. */
  readonly files: readonly string[]
  /** Lines that someone writes or changes. A line that only moves is not counted. */
  readonly lines: number
  /** Environment variables and options that someone sets, in files and commands. */
  readonly settings: readonly string[]
}

const command = (app: AppName, text: string): Step => ({
  app,
  kind: 'command',
  text,
  files: [],
  lines: 0,
  settings: optionsIn(text),
})

function edit(app: AppName, patch: string, settings: readonly string[] = []): Step {
  const text = readFileSync(new URL(`better-auth/${patch}.patch`, import.meta.url), 'utf8')
  const all = text.split('\n')
  const starting = (sign: string) =>
    all.filter((line) => line.startsWith(sign) && !/^(\+\+\+|---) /.test(line)).map((line) => line.slice(1))
  const removed = starting('-')
  const written = starting('+').filter((line) => line.trim() !== '' && !removed.includes(line))
  const unknown = settings.filter((setting) => !written.some((line) => line.includes(setting)))
  if (unknown.length > 0) throw new Error(`${patch} does not set ${unknown.join(', ')}.`)
  const files = [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file = '']) => file)
  return { app, kind: 'edit', text, files, lines: written.length, settings }
}

/** What leads to the two programs that answer. */
export const START: Readonly<Record<AppName, Step>> = {
  notes: command('notes', 'npm run dev'),
  board: command('board', 'npm run dev'),
}

/** The pages for signing up and signing in, which better-auth leaves to the app. */
export const SIGN_IN_PAGE = edit('notes', 'notes-4-sign-in-page')

/**
 * better-auth's installation page, its pages about Hono, drizzle and cookies across subdomains, and for the second app
 * its answer to "getSession not working": the session is asked for with the cookies of the request.
 */
export const STEPS: readonly Step[] = [
  command('notes', 'npm install better-auth'),
  command('notes', 'openssl rand -base64 32'),
  edit('notes', 'notes-1-auth', [
    'BETTER_AUTH_SECRET',
    'BETTER_AUTH_URL',
    'database',
    'provider',
    'emailAndPassword',
    'crossSubDomainCookies',
    'domain',
    'trustedOrigins',
  ]),
  command('notes', 'npx --yes auth@latest generate --yes'),
  edit('notes', 'notes-2-rows'),
  command('notes', 'npx drizzle-kit generate --name users'),
  // As in docs/tutorial.md: in tables that exist, drizzle-kit forgets ON DELETE, or can't add a foreign key.
  edit('notes', 'notes-2-migration'),
  edit('notes', 'notes-3-guard'),
  SIGN_IN_PAGE,
  edit('board', 'board-1-rows', ['AUTH_URL']),
  command(
    'board',
    `node --eval "new (require('better-sqlite3'))('board.sqlite').exec('ALTER TABLE posts ADD user_id text REFERENCES users(id) ON DELETE cascade')"`,
  ),
  command('board', 'npx drizzle-kit push'),
]

/** On top: copies of the session in a signed cookie, which the second app reads without asking. */
export const COOKIE_CACHE: readonly Step[] = [
  edit('notes', 'notes-5-cookie-cache', ['cookieCache']),
  command('board', 'npm install better-auth'),
  edit('board', 'board-2-cookie-cache', ['BETTER_AUTH_SECRET']),
]

/** What the steps add up to. */
export function count(steps: readonly Step[]) {
  const files = new Set(steps.flatMap((step) => step.files.map((file) => `${step.app}/${file}`)))
  return {
    commands: steps.filter(({ kind }) => kind === 'command').length,
    files: files.size,
    settings: steps.flatMap(({ settings }) => settings).length,
    lines: steps.reduce((sum, { lines }) => sum + lines, 0),
  }
}
