import './contract/check-node.ts'

// For an app's own tests; the other entries do not load it.
export type { AdapterCase, AdapterPart, AppUnderTest } from './testing/adapter/adapter-case.ts'
export { adapterCases } from './testing/adapter/adapter-cases.ts'
export type { TestApiToken, TestApiTokenOptions } from './testing/test-api-token.ts'
export {
  createTestAuth,
  type TestAuth,
  type TestAuthOptions,
  type TestedOptions,
} from './testing/test-auth.ts'
export type { TestAuthServer } from './testing/test-auth-server.ts'
export type { TestClock } from './testing/test-clock.ts'
export type { TestPerson } from './testing/test-person.ts'
export type { StoredCookie, TestVisitor } from './testing/test-visitor.ts'
export {
  type StoreAbility,
  type StoreCase,
  type StoredUser,
  type StoreUnderTest,
  userStoreCases,
} from './testing/user-store-cases.ts'
