import { definePermissions, type NamesOf } from '@latchkey/jwt-middleware'

/** No group of the auth service is needed: the app grants this to everyone who signs in. */
export const permissions = definePermissions({
  'cards.write': { groups: [], description: 'Add cards and move them' },
})

declare module '@latchkey/jwt-middleware' {
  interface KnownPermissions extends NamesOf<typeof permissions> {}
}
