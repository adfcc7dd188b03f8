import { error, redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = ({ locals }) => ({
  heading: `Notes of ${locals.user.isAuthenticated && locals.user.email}`,
})

export const actions: Actions = {
  add: async ({ request }) => ({ added: String((await request.formData()).get('text')) }),
  leave: () => redirect(303, '/'),
  fail: () => error(500, 'broken on purpose'),
}
