import { ACCOUNT } from './account-operations.ts'
import { ADMINISTRATION } from './administration-operations.ts'
import { APPS } from './app-operations.ts'
import type { Operations } from './operation.ts'
import { SIGN_IN } from './sign-in-operations.ts'

/** All operations. */
export const OPERATIONS: Operations = { ...SIGN_IN, ...ACCOUNT, ...ADMINISTRATION, ...APPS }
