import { fetchFor } from '#node-or-web/contract/local-fetch'
import { type AuthCore, createAuthCore } from '../auth.ts'
import { defaultLogger } from '../contract/log.ts'
import type { AuthOptions } from '../options.ts'
import type { UserSync } from '../users/store.ts'
import type { User } from '../users/user.ts'

/** The options of `auth()`; the store can be opened later. */
export interface NextOptions extends Omit<AuthOptions, 'users'> {
  /**
   * The store of local users, or a function that opens it at the first request: `next build` loads this file as well, and
   * needs no database. Default: in memory.
   */
  readonly users?: UserSync | (() => UserSync)
}

/** What all copies of an app's code have in common. */
interface Entry {
  readonly core: AuthCore
  /** The user of each request, by its headers: one object, wherever code of the app asks for them. */
  readonly users: WeakMap<object, Promise<User>>
  /** Those of the copy that was loaded last. */
  options: NextOptions
}

/** The authentication that belongs to some options. */
export interface SharedAuth {
  /** Creates it, or finds what another copy has created. */
  open(): Omit<Entry, 'options'>
  /** Ends it for all copies; the next request opens it again. */
  close(): void
}

/**
 * Next bundles the proxy, pages and server actions apart, and loads files again after each change in development. What
 * is here is one for all copies: otherwise each would follow the revocation feed and keep a cache of its own.
 */
const KEY = Symbol.for('@latchkey/jwt-middleware/next')
const ofProcess = globalThis as { [KEY]?: Map<string, Entry> }

/** The calls of one copy of the app's code, which is loaded without a pause. */
const together = new Map<string, NextOptions>()

/**
 * A copy of the app's code calls `auth()` once. A second call with equal options and another store or function shares
 * those of the first, which its author can't have meant. Calls of other copies, at other times, are no second calls.
 */
function noteSecond(key: string, options: NextOptions): void {
  const first = together.get(key)
  const other = first && Object.entries(options).find(([name, value]) => isOther(first, name, value))
  if (other) {
    const { log = defaultLogger } = options
    log.warn(
      {
        event: 'auth_shared',
        option: other[0],
        setting: 'options of auth()',
        remedy:
          'Call auth() once, and import what it returns. Two of them need options that differ, such as cacheSize.',
      },
      'auth() was called twice with equal options, so both calls share one store of users and the functions of the last',
    )
  }
  if (together.size === 0) queueMicrotask(() => together.clear())
  together.set(key, options)
}

const isOther = (first: NextOptions, name: string, value: unknown): boolean =>
  name !== 'permissions' && isOfCopy(value) && first[name as keyof NextOptions] !== value

/** Opened at the first request, so that `next build` needs no settings. */
export function shareAuth(options: NextOptions): SharedAuth {
  ofProcess[KEY] ??= new Map()
  const entries = ofProcess[KEY]
  const key = keyOf(options)
  noteSecond(key, options)
  const known = entries.get(key)
  if (known) known.options = options
  else if (process.env.NODE_ENV === 'development') closeAll(entries)
  return {
    open() {
      const found = entries.get(key) ?? createEntry(options)
      entries.set(key, found)
      return found
    },
    close() {
      entries.get(key)?.core.close()
      entries.delete(key)
    },
  }
}

/** In development, other options are those of before a change. Where they are not, they are opened again. */
function closeAll(entries: Map<string, Entry>): void {
  for (const { core } of entries.values()) core.close()
  entries.clear()
}

/** Next keeps answers of the global `fetch`, if the page says so. What the auth service says is of this moment. */
const fetchNow: typeof globalThis.fetch = (input, init) =>
  fetchFor(new URL(String(input)).origin)(input, { ...init, cache: 'no-store' })

function createEntry(options: NextOptions): Entry {
  const { users, grants, onUserDeleted, fetch = fetchNow } = options
  const core = createAuthCore({
    ...options,
    fetch,
    users: typeof users === 'function' ? users() : users,
    ...(grants && { grants: (user) => (entry.options.grants ?? grants)(user) }),
    ...(onUserDeleted && { onUserDeleted: (uuid) => (entry.options.onUserDeleted ?? onUserDeleted)(uuid) }),
  } as AuthOptions)
  const entry: Entry = { core, users: new WeakMap(), options }
  return entry
}

/** Tells options apart by all that can be compared in copies of them: a function or a store is another one in each. */
function keyOf(options: NextOptions): string {
  const parts = Object.entries(options).map(([name, value]) => {
    if (name === 'permissions') return [name, options.permissions?.list]
    if (name === 'oidc') return [name, options.oidc?.clientId, options.oidc?.callbackPath]
    return [name, isOfCopy(value) ? typeof value : value]
  })
  return JSON.stringify(parts.toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)))
}

/** Whether each copy of the app's code has one of its own: a function, or an object such as a store. */
const isOfCopy = (value: unknown): boolean =>
  typeof value === 'function' || (typeof value === 'object' && !Array.isArray(value))
