import './contract/check-node.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Check, type GuardsOf, guardSet } from './adapters/guard-set.ts'
import { enter, sendResponse, wholeRequest, wholeTarget } from './adapters/node-exchange.ts'
import { createUpgrade, type Upgrade } from './adapters/node-upgrade.ts'
import { type OwnFunctions, ownFunctions, type PageLinks } from './adapters/own-functions.ts'
import { type AuthCore, createAuthCore } from './auth.ts'
import { markGuarded } from './http/response-head.ts'
import {
  type AuthOptions,
  readSignOutOptions,
  type SignOutOptions,
  type TokenRequiredOptions,
} from './options.ts'
import type { PermissionName } from './users/permissions.ts'
import type { AuthenticatedUser, TokenUser, User, UserTest } from './users/user.ts'

export type { AuthStatus } from './auth.ts'
export type { AuthOptions, SignOutOptions, TokenRequiredOptions } from './options.ts'
export type {
  AnonymousUser,
  ApiToken,
  AuthenticatedUser,
  ServiceUser,
  TokenUser,
  User,
  UserTest,
} from './users/user.ts'

/** Resolves to the user, or to `null`: then the response was sent, and the handler must do nothing more. */
export type Gate<Who> = (req: IncomingMessage, res: ServerResponse) => Promise<Who | null>

/** Handles a request whose user passed the guard. */
export type GuardedHandler<Who> = (req: IncomingMessage, res: ServerResponse, user: Who) => unknown

/** Handles a request; for `createServer`, and for a router. */
export type Listener = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** Without a handler, a function that resolves to the user or `null`. Given a handler, a listener around it. */
export interface CreateGuard<Who = AuthenticatedUser> {
  (): Gate<Who>
  (handler: GuardedHandler<Who>): Listener
}

/** Like {@link CreateGuard}, for users who pass a test. */
export interface CreateTestGuard {
  (test?: UserTest): Gate<AuthenticatedUser>
  (test: UserTest | undefined, handler: GuardedHandler<AuthenticatedUser>): Listener
}

/** Like {@link CreateGuard}, for names of permissions or groups. */
export interface CreateNamedGuard<Name extends string> {
  (...names: readonly [Name, ...Name[]]): Gate<AuthenticatedUser>
  (...namesAndHandler: readonly [Name, ...Name[], GuardedHandler<AuthenticatedUser>]): Listener
}

/** Like {@link CreateGuard}, for API tokens with these scopes. */
export interface CreateTokenGuard {
  (options?: TokenRequiredOptions): Gate<TokenUser>
  (options: TokenRequiredOptions | undefined, handler: GuardedHandler<TokenUser>): Listener
}

export type Guards = GuardsOf<
  CreateTestGuard,
  CreateGuard,
  CreateNamedGuard<PermissionName>,
  CreateNamedGuard<string>,
  CreateTokenGuard
>

/** Authenticates requests of node's own server, and of every framework that passes on its request and response. */
export interface NodeAuth extends Guards, PageLinks<IncomingMessage>, OwnFunctions {
  /**
   * The user of a request. `null`: the response was sent, since the request must not reach the app, or `requireLogin`
   * asks for a user. The response gets its cookies and headers when its head is written, in any way.
   */
  (req: IncomingMessage, res: ServerResponse): Promise<User | null>
  readonly upgrade: Upgrade
  /**
   * Signs this browser out of all apps. Pages continue at `next`, a path of this app (default: `/`); scripts get 204.
   * 503 if the auth service is unavailable: the user is still signed in.
   */
  signOut(options?: SignOutOptions): Listener
}

const AUTHENTICATED = Symbol('@latchkey/jwt-middleware')

/** A request that was authenticated, so that a guard behind `web(req, res)` does not repeat it. */
interface AuthenticatedMessage extends IncomingMessage {
  [AUTHENTICATED]?: { readonly core: AuthCore; readonly user: User }
}

/**
 * For node:http and for adapters to other frameworks on node. Responses are `private, no-store` and `Vary: Cookie`
 * unless the handler says otherwise; serve public files before it.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment
 */
export function auth(options: AuthOptions = {}): NodeAuth {
  const core = createAuthCore(options)

  async function userOf(req: AuthenticatedMessage, res: ServerResponse): Promise<User | null> {
    const known = req[AUTHENTICATED]
    if (known?.core === core) return known.user
    const entered = enter({
      core,
      req,
      res,
      method: req.method ?? 'GET',
      target: wholeTarget(req),
      setUser(user) {
        req[AUTHENTICATED] = { core, user }
      },
    })
    const answer = entered && (await entered)
    if (answer === null) return req[AUTHENTICATED]?.user ?? null
    await sendResponse(answer, res)
    return null
  }

  const by = (check: Check) => (handler?: GuardedHandler<never>) => {
    const gate: Gate<AuthenticatedUser | TokenUser> = async (req, res) => {
      const user = await userOf(req, res)
      if (user === null) return null
      let caller: TokenUser | undefined
      const refusal = await check(core, wholeRequest(req), user, (holder) => {
        caller = holder
      })
      if (refusal) {
        await sendResponse(refusal, res)
        return null
      }
      markGuarded(res)
      return caller ?? (user as AuthenticatedUser)
    }
    if (handler === undefined) return gate
    const listener: Listener = async (req, res) => {
      const who = await gate(req, res)
      if (who !== null) await handler(req, res, who as never)
    }
    return listener
  }

  const guards = guardSet<GuardedHandler<never>, unknown>(by, core.checkPermissions) as Guards
  return Object.assign(userOf, ownFunctions(core, wholeRequest), guards, {
    upgrade: createUpgrade(core),
    signOut(given: SignOutOptions = {}): Listener {
      const { next } = readSignOutOptions(given)
      return async (req, res) => sendResponse(await core.signOut(wholeRequest(req), next), res)
    },
  })
}
