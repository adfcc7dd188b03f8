import type { User } from '../../users/users.ts'

/** A user as JSON, named like the claims. */
export const userJson = (user: Omit<User, 'password' | 'groups'>) => ({
  uuid: user.uuid,
  email: user.email,
  first_name: user.firstName,
  last_name: user.lastName,
  is_staff: user.isStaff,
  is_superuser: user.isSuperuser,
})
