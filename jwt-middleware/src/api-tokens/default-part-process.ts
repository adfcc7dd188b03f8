import { type ApiTokenPart, apiTokens } from './api-token-part.ts'

/** What `auth()` has without the option `apiTokens`. */
export const defaultPart: ApiTokenPart = apiTokens
