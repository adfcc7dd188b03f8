/** A link for a mail: to one of our own paths, with its token, and the address to continue to where there is one. */
export function linkTo(authUrl: string, path: string, token: string, next: string | null = null): string {
  const url = new URL(path, authUrl)
  url.searchParams.set('token', token)
  if (next !== null) url.searchParams.set('next', next)
  return url.href
}
