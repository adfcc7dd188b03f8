import { definePermissions, type NamesOf } from '@latchkey/jwt-middleware'

/** No group of the auth service is needed: the app grants these to everyone who signs in. They are scopes, too. */
export const permissions = definePermissions({
  'cards.read': { groups: [], description: 'Read cards through the API', path: '/api/cards' },
  'cards.write': { groups: [], description: 'Add cards and move them' },
})

declare module '@latchkey/jwt-middleware' {
  interface KnownPermissions extends NamesOf<typeof permissions> {}
}
