import { hiddenByFile } from '../../../apps/app-rules.ts'
import type { App } from '../../../apps/apps.ts'
import { groupsIn, type KnownNames, permissionsIn } from '../../../apps/rule-names.ts'
import type { PathRule } from '../../../platform/config/access-rules.ts'
import type { ForwardAuthRule } from '../../../platform/config/forward-auth-rules.ts'
import type { Say } from '../../../platform/i18n/language.ts'
import { AsShown, PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { addressOfRules, rulesShown } from './app-rules-address.ts'
import { accessInWords } from './rule-access-names.ts'

interface AppRuleRowsProps {
  readonly app: App
  readonly known: KnownNames
  readonly fileRules: readonly ForwardAuthRule[]
  readonly changeable: boolean
}

/** The rules of an app in their order. */
export const AppRuleRows = ({ app, known, fileRules, changeable }: AppRuleRowsProps) => {
  const t = useTranslation()
  return (
    <ol class="rows">
      {app.rules.map((rule, at) => (
        <li>
          <div>
            <code>{rule.path}</code>
            <p class="small">{accessInWords(t, rule.allow)}</p>
            {notesOn(t, { app, rule, known, fileRules }).map((note) => (
              <p class="error">{note}</p>
            ))}
          </div>
          {changeable && <RuleButtons app={app} at={at} />}
        </li>
      ))}
    </ol>
  )
}

/** What is wrong with a stored rule: groups, permissions and the file may have changed since. */
function notesOn(
  t: Say,
  { app, rule, known, fileRules }: Omit<AppRuleRowsProps, 'changeable'> & { readonly rule: PathRule },
): string[] {
  const hidden = hiddenByFile(fileRules, app, rule)
  return [
    ...(hidden === null ? [] : [t(hidden)]),
    ...groupsIn(rule)
      .filter((name) => !known.groups.has(name))
      .map((name) => t('There is no group “{name}”, so it has no members.', { name })),
    ...permissionsIn(rule)
      .filter((name) => !known.permissions.has(name))
      .map((name) =>
        t('No permission “{name}” is defined, so only superusers may open this path.', { name }),
      ),
  ]
}

const RuleButtons = ({ app, at }: { readonly app: App; readonly at: number }) => {
  const t = useTranslation()
  const { path } = app.rules[at] as PathRule
  const address = addressOfRules(app)
  const last = app.rules.length - 1
  return (
    <div class="buttons">
      {at > 0 && (
        <Move app={app} path={path} before={app.rules[at - 1]?.path} label={t('Move {path} up', { path })}>
          ↑
        </Move>
      )}
      {at < last && (
        <Move app={app} path={path} before={app.rules[at + 2]?.path} label={t('Move {path} down', { path })}>
          ↓
        </Move>
      )}
      <a
        class="button quiet small"
        href={`${address}?${new URLSearchParams({ rule: path })}#form`}
        aria-label={t('Change the rule for {path}', { path })}
      >
        {t('Change')}
      </a>
      <PostForm action={`${address}/remove`} inList>
        <AsShown values={rulesShown(app)} />
        <input type="hidden" name="rule" value={path} />
        <button
          class="button quiet small"
          type="submit"
          aria-label={t('Remove the rule for {path}', { path })}
        >
          {t('Remove')}
        </button>
      </PostForm>
    </div>
  )
}

interface MoveProps {
  readonly app: App
  readonly path: string
  /** The rule that it is put before; `undefined` for the end. */
  readonly before: string | undefined
  readonly label: string
  readonly children: string
}

const Move = ({ app, path, before, label, children }: MoveProps) => (
  <PostForm action={`${addressOfRules(app)}/move`} inList>
    <AsShown values={rulesShown(app)} />
    <input type="hidden" name="rule" value={path} />
    <input type="hidden" name="before" value={before ?? ''} />
    <button class="button quiet small" type="submit" aria-label={label} title={label}>
      {children}
    </button>
  </PostForm>
)
