import type { AccessClaims } from '../contract/claims.ts'
import { memoryState, type StateStore } from './state.ts'

/** What a verified token says of its person: the source of truth for the local row. */
export interface Identity {
  readonly uuid: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly groups: readonly string[]
  /** Whether the person showed that the e-mail is theirs; `false` where the token does not say. */
  readonly emailVerified: boolean
  /**
   * The version of these facts (`user_version`): the higher one is to believe. Of two equal ones, the later `issuedAt` is.
   * 0 in tokens of older auth services.
   */
  readonly version: number
  /** When the token was issued (`iat`), in seconds. */
  readonly issuedAt: number
}

/** What only the app knows of a person. */
export interface LocalUser {
  readonly id: number
  /** Switched off by the app's owner, a person is refused here, whatever the token says. */
  readonly isActive: boolean
}

/** `create`: whoever signs in is welcome. `existing`: only people whom the app registered beforehand. */
export type Provisioning = 'create' | 'existing'

/**
 * What the middleware needs of a store. A sync store answers without a promise. Where it keeps states, too, the app
 * verifies tokens after a restart while the auth service is down, and `onUserDeleted` goes on where it was.
 */
export interface UserSync extends Partial<StateStore> {
  /**
   * Brings the row of this uuid in step with the token, in one statement, never from an older token than the one
   * it was last written from. `null`: the person is not registered here and `provisioning` is `existing`.
   * Throws when the database does not answer.
   */
  sync(identity: Identity, provisioning: Provisioning): LocalUser | null | Promise<LocalUser | null>
}

/** A store of local users: what the middleware needs, and what the app's owner does with it. */
export interface UserStore extends Pick<UserSync, 'sync'>, StateStore {
  /** Lets a person in ahead of the first visit. Keeps the row where there is one already. */
  register(uuid: string): LocalUser | Promise<LocalUser>
  /** Switches a person off or on in this app; `false` where there is no such row. */
  setActive(uuid: string, isActive: boolean): boolean | Promise<boolean>
}

/** The person that an access token speaks of. */
export function identityOf(claims: AccessClaims): Identity {
  return {
    uuid: claims.user_uuid,
    email: claims.user_email,
    firstName: claims.user_first_name,
    lastName: claims.user_last_name,
    isStaff: claims.user_is_staff,
    isSuperuser: claims.user_is_superuser,
    groups: Object.freeze([...(claims.groups ?? [])]),
    emailVerified: claims.email_verified ?? false,
    version: claims.user_version ?? 0,
    issuedAt: claims.iat,
  }
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
