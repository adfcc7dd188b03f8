import type { RuleAccess } from '../../../platform/config/access-rules.ts'
import type { Say } from '../../../platform/i18n/language.ts'
import { message } from '../../../platform/i18n/message.ts'

/** The choices of a rule, from the fewest people to all. */
export const ACCESS_NAMES = {
  staff: message('Staff'),
  groups: message('Members of groups'),
  permissions: message('People with permissions'),
  'signed-in': message('All signed-in people'),
  public: message('Everyone, without signing in'),
}

/** Who passes a rule. */
export function accessInWords(t: Say, allow: RuleAccess): string {
  if (typeof allow === 'string') return t(ACCESS_NAMES[allow])
  return 'groups' in allow
    ? t('Members of {names}', { names: allow.groups.join(', ') })
    : t('People with {names}', { names: allow.permissions.join(', ') })
}
