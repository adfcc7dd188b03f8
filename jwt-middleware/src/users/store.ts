import { memoryState, type StateStore } from './state.ts'

/** A verified token's claims about its user: the source of truth for the local row. */
export interface Identity {
  readonly uuid: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly groups: readonly string[]
  /** Whether the user confirmed the email; `false` if the token does not say. */
  readonly emailVerified: boolean
  /**
   * The version of these claims (`user_version`): the higher one wins. With equal versions, the later `issuedAt` wins.
   * 0 in tokens of older auth services.
   */
  readonly version: number
  /** When the token was issued (`iat`), in seconds. */
  readonly issuedAt: number
}

/** What pages learn about a user. */
export type UserFacts = Omit<Identity, 'version' | 'issuedAt'>

/** What only the app knows about a user. */
export interface LocalUser {
  readonly id: number
  /** A user that the app's owner disabled is rejected here, whatever the token says. */
  readonly isActive: boolean
  /** What pages get in place of the token's claims, which are older: see `authDatabase()`. Default: the token's. */
  readonly facts?: UserFacts
}

/** `create`: accepts every user who signs in. `existing`: accepts only users that the app registered beforehand. */
export type Provisioning = 'create' | 'existing'

/**
 * The part of a store that the middleware needs. A sync store answers without a promise. If it also keeps states, the
 * app can verify tokens after a restart while the auth service is down, and `onUserDeleted` continues where it stopped.
 */
export interface UserSync extends Partial<StateStore> {
  /**
   * Updates the row of this uuid from the token in one statement, and never from an older token than the last one.
   * `null`: the user is not registered here and `provisioning` is `existing`. Throws when the database does not respond.
   */
  sync(identity: Identity, provisioning: Provisioning): LocalUser | null | Promise<LocalUser | null>
  /** Set by `authDatabase()`, which creates no rows: a user who is missing there is unknown to the auth service. */
  readonly readsAuthDatabase?: AuthDatabaseWarnings
}

/** What the log says about a database that `authDatabase()` reads. */
export interface AuthDatabaseWarnings {
  /** A user is not there. */
  readonly unknown: string
  /** A user is disabled there. */
  readonly disabled: string
  /** It could not be read. */
  readonly failed: string
}

/** A store of local users, for the middleware and the app's owner. */
export interface UserStore extends Pick<UserSync, 'sync'>, StateStore {
  /** Registers a user before the first visit. Keeps an existing row. */
  register(uuid: string): LocalUser | Promise<LocalUser>
  /** Disables or enables a user in this app; `false` if there is no such row. */
  setActive(uuid: string, isActive: boolean): boolean | Promise<boolean>
}

/** Local users that live as long as the process: for tests, and for apps that store nothing. */
export function memoryUsers(): UserStore {
  const rows = new Map<string, LocalUser>()

  const add = (uuid: string): LocalUser => {
    const row = { id: rows.size + 1, isActive: true }
    rows.set(uuid, row)
    return row
  }

  return {
    sync: ({ uuid }, provisioning) => rows.get(uuid) ?? (provisioning === 'create' ? add(uuid) : null),
    register: (uuid) => rows.get(uuid) ?? add(uuid),
    setActive(uuid, isActive) {
      const row = rows.get(uuid)
      if (row) rows.set(uuid, { ...row, isActive })
      return row !== undefined
    },
    ...memoryState(),
  }
}
