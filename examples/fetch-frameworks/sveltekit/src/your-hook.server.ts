import { error, redirect } from '@sveltejs/kit'
import type { Handle } from '@sveltejs/kit/hooks'

/** A hook after the one of the documentation. */
export const yours: Handle = async ({ event, resolve }) => {
  const wanted = event.request.headers.get('x-hook')
  if (wanted === 'error') error(418, 'refused by a hook')
  if (wanted === 'bug') throw new TypeError('a bug of a hook')
  if (wanted === 'redirect') redirect(303, '/about')
  return resolve(event)
}
