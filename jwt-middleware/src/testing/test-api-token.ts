import { refuseInvalidOptions } from '../contract/errors.ts'
import { isTextList } from '../contract/text-list.ts'
import type { FakeApiToken, NewApiToken } from './fake-auth-service.ts'
import { completePerson, type TestPerson } from './test-person.ts'

/** An API token of a test, and its user. */
export interface TestApiTokenOptions extends TestPerson {
  /** Names of permissions. Default: none. */
  readonly scopes?: readonly string[]
  /** Default: `test`. */
  readonly name?: string
  /** In seconds; the test's clock decides. Default: it never expires. */
  readonly maxAge?: number
  /** The name of another app, for a token of its own. It has no person. */
  readonly app?: string
}

/** A program with an API token. */
export interface TestApiToken {
  readonly id: string
  /** The token itself: `lk_…`. */
  readonly token: string
  /** The headers of a request by this program. */
  readonly headers: { readonly authorization: string }
  /** Revokes the token at the auth service. Apps hear of it at once. */
  revoke(): void
}

/** @throws LatchkeyError `invalid_options` for a misspelled property, and for a list that is none */
export function readTestApiToken(caller: string, options: TestApiTokenOptions): NewApiToken {
  const { scopes = [], name = 'test', maxAge = null, app = null, ...person } = options
  const complete = completePerson(caller, person)
  refuseInvalidOptions(caller, isTextList(scopes) ? [] : ["scopes is not a list of permissions' names"])
  return { person: app === null ? complete : null, app, name, scopes, maxAge }
}

export const testApiToken = ({ id, token }: FakeApiToken, revoke: () => void): TestApiToken => ({
  id,
  token,
  headers: { authorization: `Bearer ${token}` },
  revoke,
})
