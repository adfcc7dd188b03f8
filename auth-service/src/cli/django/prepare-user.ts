import { randomUUID } from 'node:crypto'
import { canonicalEmail } from '../../platform/validation/email-address.ts'
import { NAME_OVERHEAD } from '../../users/groups/names.ts'
import { amount } from '../command.ts'
import type { Candidate } from './validate-user.ts'

/** A new user as they will be stored, unless they already exist. */
export interface PreparedUser extends Candidate {
  readonly uuid: string
  readonly isNewUuid: boolean
  readonly canonical: string
}

/** `room` limits the names of their groups in bytes: see group-budget.ts. */
export const prepareUser = (candidate: Candidate, room: number): PreparedUser => ({
  ...candidate,
  ...fitting(candidate, room),
  uuid: candidate.uuid ?? randomUUID(),
  isNewUuid: candidate.uuid === null,
  canonical: canonicalEmail(candidate.email),
})

/** The groups that fit in an access token. */
function fitting({ groups, notes }: Candidate, room: number): Pick<Candidate, 'groups' | 'notes'> {
  let left = room
  const fit = groups.filter((name) => {
    left -= Buffer.byteLength(name) + NAME_OVERHEAD
    return left >= 0
  })
  const lost = groups.length - fit.length
  if (lost === 0) return { groups, notes }
  const note = `The names of ${lost} of ${amount(groups.length, 'group')} don't fit in the sign-in cookie, so they were left out.`
  return { groups: fit, notes: [...notes, note] }
}

/** Rejects a user whose address occurs earlier in the file: Django lets several users share one. */
export function createDuplicateFilter(): (candidate: Candidate) => string | undefined {
  const emails = new Map<string, string>()
  const uuids = new Map<string, string>()
  return ({ at, email, uuid }) => {
    const canonical = canonicalEmail(email)
    const [sameEmail, sameUuid] = [emails.get(canonical), uuids.get(uuid ?? '')]
    if (sameEmail)
      return `It has the same email address as ${sameEmail}, but only one account can have an address.`
    if (sameUuid) return `It has the same UUID as ${sameUuid}.`
    emails.set(canonical, at)
    if (uuid) uuids.set(uuid, at)
    return undefined
  }
}
