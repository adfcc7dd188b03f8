import type { AdminContext } from '../../middleware/require-staff.ts'

/** The number in a path, or one that nothing has. */
export const idIn = (c: AdminContext): number => Number(c.req.param('id') ?? 0)

/** Paths have such ids; larger ones no database gives. */
export const ID = ':id{[0-9]{1,9}}'
