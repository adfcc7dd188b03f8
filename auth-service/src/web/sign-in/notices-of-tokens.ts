import type { ApiTokens } from '../../tokens/api-tokens/api-tokens.ts'
import type { User } from '../../users/users.ts'
import type { Notice } from './return-url.ts'

/** The notice after sessions have ended, for a user whose API tokens go on. */
export const noticesOfTokens = async (
  apiTokens: Pick<ApiTokens, 'list'>,
  user: Pick<User, 'id'>,
): Promise<readonly Notice[]> => ((await apiTokens.list(user)).length > 0 ? ['tokens_go_on'] : [])
