/** A link for a mail: to one of our own paths, with its token, and the address to continue to where there is one. */
export function linkTo(authUrl: string, path: string, token: string, next: string | null = null): string {
  const url = new URL(path, authUrl)
  if (next !== null) url.searchParams.set('next', next)
  // Last: what mail programs take along of the text behind a link is cut off a token, and nothing else.
  url.searchParams.set('token', token)
  return url.href
}
