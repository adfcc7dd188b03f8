import type { AdminContext } from '../../middleware/require-staff.ts'

/** The number in a path, or one that never exists. */
export const idIn = (c: AdminContext): number => Number(c.req.param('id') ?? 0)

/** An id in a path; databases generate no larger ones. */
export const ID = ':id{[0-9]{1,9}}'
