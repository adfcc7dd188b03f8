import { expect, it } from 'vitest'
import { detailsOf } from '../../../../../auth-service/src/apps/app-row.ts'
import type { Say } from '../../../../../auth-service/src/platform/i18n/language.ts'
import { oidcShown } from '../../../../../auth-service/src/web/pages/admin/app-oidc-address.ts'
import { samlShown } from '../../../../../auth-service/src/web/pages/admin/app-saml-address.ts'
import { detailsInWords } from '../../../../../auth-service/src/web/pages/admin/audit-details.ts'

const APP = { name: 'Notes', origins: [], startUrl: '', icon: '', tokenScopes: [] }

it.each(Object.keys({ ...detailsOf(APP), ...oidcShown(null), ...samlShown(null) }))(
  'The audit log has a label for %s of an app, which can be translated',
  (name) => {
    const said: string[] = []
    const say: Say = (words) => {
      said.push(String(words))
      return String(words)
    }
    detailsInWords(say, { moment: String }, { before: { [name]: 'one' }, after: { [name]: 'two' } })
    expect(said).toHaveLength(1)
  },
)
