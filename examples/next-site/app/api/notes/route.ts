import { tokenRequired } from '../../../auth'
import { notesOf } from '../../../lib/notes'

/** For programs with an API token. */
export const GET = tokenRequired({ scopes: ['notes.read'] }, (_request, caller) =>
  Response.json(caller.isService ? [] : notesOf(caller.id)),
)
