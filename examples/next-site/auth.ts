import { auth } from '@latchkey/jwt-middleware/next'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { openDatabase } from './lib/database'
import { permissions } from './lib/permissions'

export const {
  proxy,
  getUser,
  loginRequired,
  staffRequired,
  permissionRequired,
  tokenRequired,
  signOut,
  endSession,
  signInUrl,
  accountUrl,
} = auth({ permissions, users: () => sqliteUsers(openDatabase()) })
