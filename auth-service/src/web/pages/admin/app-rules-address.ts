import { rulesInWords } from '../../../apps/app-rule.ts'
import type { App } from '../../../apps/apps.ts'
import { message } from '../../../platform/i18n/message.ts'

/** The page of an app's rules. */
export const addressOfRules = ({ id }: Pick<App, 'id'>): string => `/admin/apps/${id}/rules`

/** What a form was made for: the rules, and where they count. */
export const rulesShown = ({ rules, origins }: App) => ({
  rules: rulesInWords(rules),
  origins: origins.join(' '),
})

/** What the page says after a change. */
export const RULES_DONE = {
  added: message('Rule added. It applies within a second.'),
  changed: message('Rule changed. It applies within a second.'),
  moved: message('Rule moved. The new order applies within a second.'),
  removed: message('Rule removed. It stops applying within a second.'),
}
