import type { App } from '../../../apps/apps.ts'
import type { KnownNames } from '../../../apps/rule-names.ts'
import type { PathRule } from '../../../platform/config/access-rules.ts'
import { AsShown, Field, FormError, PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { Errors } from '../../forms/form-page.ts'
import { type Submission, textOf } from '../../forms/submission.ts'
import { addressOfRules, rulesShown } from './app-rules-address.ts'
import { ACCESS_NAMES } from './rule-access-names.ts'
import { Select } from './select.tsx'

interface AppRuleFormProps {
  readonly app: App
  readonly known: KnownNames
  /** The rule to change; `null` for a new one. */
  readonly editing: PathRule | null
  /** The earlier input, if something was wrong with it. */
  readonly fields: Submission['fields']
  readonly errors: Errors
}

/** The form for a new rule, or for one of the app's. */
export const AppRuleForm = ({ app, known, editing, fields, errors }: AppRuleFormProps) => {
  const t = useTranslation()
  const stored = fieldsOf(editing)
  const isRetry = fields.path !== undefined
  const value = (name: keyof typeof stored) => (isRetry ? textOf(fields, name) : stored[name])
  const { permissions: _, ...others } = ACCESS_NAMES
  const mayName =
    known.permissions.size > 0 || value('permissions') !== '' || value('allow') === 'permissions'
  const address = addressOfRules(app)
  return (
    <section class="card" aria-labelledby="form">
      <h2 id="form">{editing ? t('Change the rule for {path}', { path: editing.path }) : t('Add a rule')}</h2>
      <PostForm action={editing ? `${address}/change` : address}>
        <AsShown values={rulesShown(app)} />
        {editing && <input type="hidden" name="rule" value={editing.path} />}
        <FormError words={errors.allow ?? errors.before} />
        <Field
          name="path"
          label={t('Path')}
          autocomplete="off"
          hint={t('For example /admin/* for everything below /admin, or /report for one page.')}
          value={value('path')}
          error={errors.path}
        />
        <Select
          name="allow"
          label={t('Who may open it')}
          options={mayName ? ACCESS_NAMES : others}
          chosen={value('allow')}
        />
        <Field
          name="groups"
          label={t('Groups')}
          autocomplete="off"
          hint={t(
            'For members of groups: names, separated by commas. Members of at least one of them may open it, and superusers.',
          )}
          value={value('groups')}
          error={errors.groups}
          optional
        />
        {mayName && (
          <Field
            name="permissions"
            label={t('Permissions')}
            autocomplete="off"
            hint={t(
              'For people with permissions: names, separated by commas. People who have all of them may open it. Defined permissions: {names}',
              {
                names: [...known.permissions].sort().join(', '),
              },
            )}
            value={value('permissions')}
            error={errors.permissions}
            optional
          />
        )}
        {!editing && app.rules.length > 0 && (
          <Select
            name="before"
            label={t('Place')}
            options={{
              '': t('At the end'),
              ...Object.fromEntries(app.rules.map(({ path }) => [path, t('Before {path}', { path })])),
            }}
            chosen={isRetry ? textOf(fields, 'before') : ''}
          />
        )}
        <div class="buttons">
          <button class="button" type="submit">
            {t(editing ? 'Save' : 'Add')}
          </button>
          {editing && (
            <a class="button quiet" href={address}>
              {t('Cancel')}
            </a>
          )}
        </div>
      </PostForm>
    </section>
  )
}

/** A rule as the fields of its form; a new one is for staff, which opens the least. */
function fieldsOf(rule: PathRule | null) {
  const { path, allow } = rule ?? { path: '', allow: 'staff' as const }
  const fields = { path, allow: 'staff', groups: '', permissions: '' }
  if (typeof allow === 'string') return { ...fields, allow }
  return 'groups' in allow
    ? { ...fields, allow: 'groups', groups: allow.groups.join(', ') }
    : { ...fields, allow: 'permissions', permissions: allow.permissions.join(', ') }
}
