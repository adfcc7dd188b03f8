import type { User } from '@latchkey/jwt-middleware'

export interface Greeting {
  /** The framework of the app. */
  readonly framework: string
  readonly user: User
  readonly signInUrl: string
}

/** The other apps, as `[name, url]` in the JSON of `APPS`. */
const apps = JSON.parse(process.env.APPS ?? '[]') as (readonly [name: string, url: string])[]

/** Where to listen. */
export const HOST = process.env.HOST ?? '127.0.0.1'
export const PORT = Number(process.env.PORT ?? 3000)

/** For the process that started this one. */
export const announce = (framework: string): void =>
  console.log(`${framework} is at ${process.env.OWN_URL}/ (listening on ${HOST}, port ${PORT}).`)

/** Who is signed in, and the way in or out. */
export function greetingPage({ framework, user, signInUrl }: Greeting): string {
  const button = user.isAuthenticated
    ? '<form method="post" action="/sign-out"><button>Sign out</button></form>'
    : `<a href="${escaped(signInUrl)}">Sign in</a>`
  return page(framework, `Hello, ${user.isAuthenticated ? nameOf(user) : 'stranger'}`, button)
}

/** What only staff may see. */
export const staffPage = (framework: string): string =>
  page(framework, 'Staff only', '<p><a href="/">Back</a></p>')

function page(framework: string, heading: string, content: string): string {
  const links = apps.map(([name, url]) => `<li><a href="${escaped(url)}/">${escaped(name)}</a></li>`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(framework)}</title>
<style>
  :root { color-scheme: light dark; font: 1.1rem/1.6 system-ui, sans-serif; }
  body { margin: 3rem auto; max-width: 30rem; padding: 0 1rem; }
  button { font: inherit; padding: 0.4rem 1rem; }
  li { margin: 0.4rem 0; }
</style>
<main>
  <p>This app runs on ${escaped(framework)}.</p>
  <h1>${escaped(heading)}</h1>
  ${content}
</main>
<nav aria-label="Apps"><ul>${links.join('')}</ul><p><a href="/staff">For staff</a></p></nav>
</html>`
}

const nameOf = ({ firstName, lastName, email }: { firstName: string; lastName: string; email: string }) =>
  `${firstName} ${lastName}`.trim() || email

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
