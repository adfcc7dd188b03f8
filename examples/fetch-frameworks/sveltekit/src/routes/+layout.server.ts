import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = ({ locals }) => ({
  // Prerendered pages have no user.
  email: locals.user?.isAuthenticated ? locals.user.email : null,
})
