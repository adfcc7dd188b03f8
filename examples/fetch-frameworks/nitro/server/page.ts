import type { User } from '@latchkey/jwt-middleware/web'

export const page = (user: User | undefined, content: string) =>
  new Response(
    `<!doctype html><html lang="en"><title>Nitro</title><link rel="icon" href="data:,">
<nav><a href="/">Start</a> <a href="/notes">Notes</a></nav>
<p>${user?.isAuthenticated ? user.email : 'anonymous'}</p>${content}</html>`,
    { headers: { 'content-type': 'text/html; charset=utf-8' } },
  )

export const START = '<h1>Start</h1><form method="post" action="/sign-out"><button>Sign out</button></form>'

export const notes = (user: User, added: string) =>
  page(
    user,
    `<h1>Notes of ${user.isAuthenticated && user.email}</h1>
<form method="post"><label>Text <input name="text"></label><button>Add</button></form>
<p id="added">${added.replaceAll(/[<&]/g, '')}</p>`,
  )
