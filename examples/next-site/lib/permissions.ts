import { definePermissions, type NamesOf } from '@latchkey/jwt-middleware'

/** What groups of the auth service may do in this app. */
export const permissions = definePermissions({
  'notes.read': { groups: ['editors'], description: 'Read the own notes with a program', path: '/api/notes' },
  'notes.statistics': { groups: ['editors'], description: 'See how many notes there are, but not the notes' },
})

declare module '@latchkey/jwt-middleware' {
  interface KnownPermissions extends NamesOf<typeof permissions> {}
}
