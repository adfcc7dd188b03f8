import type { App } from '../../../apps/apps.ts'
import type { KnownNames } from '../../../apps/rule-names.ts'
import type { PathRule } from '../../../platform/config/access-rules.ts'
import { coversHost, type ForwardAuthRule } from '../../../platform/config/forward-auth-rules.ts'
import { FormError } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Problems } from '../../forms/form-page.ts'
import type { Submission } from '../../forms/submission.ts'
import { type AdminContext, mayWrite } from '../../middleware/require-staff.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { AppRuleForm } from './app-rule-form.tsx'
import { AppRuleRows } from './app-rule-rows.tsx'
import { RULES_DONE } from './app-rules-address.ts'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { accessInWords } from './rule-access-names.ts'

interface AppRulesViewProps extends Problems {
  readonly c: AdminContext
  readonly app: App
  readonly known: KnownNames
  /** The rule in the form; `null` for a new one. */
  readonly editing: PathRule | null
  readonly fields: Submission['fields']
  readonly fileRules: readonly ForwardAuthRule[]
  /** Whether a proxy asks for the rules. */
  readonly isUsed: boolean
}

/** The rules of an app: those of the file, its own, and the form for one of them. */
export const AppRulesView = (props: AppRulesViewProps) => {
  const { c, app, known, editing, fields, fileRules, isUsed, errors = {}, changed } = props
  const t = useTranslation()
  const hosts = app.origins.map((origin) => new URL(origin).hostname)
  const ofFile = fileRules.filter(({ host }) => hosts.some((one) => coversHost(host, one)))
  return (
    <AdminLayout c={c} title={t('Rules for {name}', { name: app.name })} section="/admin/apps">
      <Done c={c} texts={RULES_DONE} />
      <FormError words={errors.form ?? errors.rules ?? errors.rule} />
      <ChangedMeanwhile changed={changed} />
      <p class="muted">
        {t(
          'For a site whose proxy asks this service who may open a path (forward auth). The first rule that matches applies. Where none matches, all signed-in people may open it.',
        )}
      </p>
      {!isUsed && (
        <p class="alert">
          {t('These rules protect nothing yet: set FORWARD_AUTH_PROXY, and let your proxy ask.')}
        </p>
      )}
      {!mayWrite(c) && <ReadOnly />}
      {ofFile.length > 0 && <FileRules rules={ofFile} />}
      <section class="card" aria-labelledby="rules">
        <h2 id="rules">{t('Rules')}</h2>
        <p class="muted small">{t('At {origins}', { origins: app.origins.join(', ') })}</p>
        {app.rules.length === 0 ? (
          <p class="muted">{t('No rules yet.')}</p>
        ) : (
          <AppRuleRows {...{ app, known, fileRules }} changeable={mayWrite(c)} />
        )}
      </section>
      {mayWrite(c) && <AppRuleForm {...{ app, known, editing, fields, errors }} />}
      <p>
        <a href="/admin/apps">{t('Back to all apps')}</a>
      </p>
    </AdminLayout>
  )
}

const FileRules = ({ rules }: { readonly rules: readonly ForwardAuthRule[] }) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="file">
      <h2 id="file">{t('Rules of the file')}</h2>
      <p class="muted small">
        {t('They are in the file of FORWARD_AUTH_RULES, apply first, and can be changed only there.')}
      </p>
      <ol class="rows">
        {rules.map(({ host, path, allow }) => (
          <li>
            <div>
              <code>{host === '*' ? path : `${host}${path}`}</code>
              <p class="small">{accessInWords(t, allow)}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}
