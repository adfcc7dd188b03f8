import { definePermissions } from '@latchkey/jwt-middleware'

/** Of the routes `/cards` and `/card` of the adapters' apps: their guards want the names of permissions. */
export const cardPermissions = definePermissions({ 'cards.read': ['team'], 'cards.write': ['team'] })
