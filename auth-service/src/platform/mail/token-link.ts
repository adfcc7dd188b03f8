/** A link in an email: a path of the service with a token and an optional return URL. */
export function linkTo(authUrl: string, path: string, token: string, next: string | null = null): string {
  const url = new URL(path, authUrl)
  if (next !== null) url.searchParams.set('next', next)
  // The token comes last: text that a mail program appends then damages only the token.
  url.searchParams.set('token', token)
  return url.href
}
