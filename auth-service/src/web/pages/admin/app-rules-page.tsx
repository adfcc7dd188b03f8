import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ruleFacts } from '../../../apps/app-rule.ts'
import type { RuleInput } from '../../../apps/app-rule-input.ts'
import type { RulesEdit, RulesOutcome } from '../../../apps/app-rules.ts'
import type { App } from '../../../apps/apps.ts'
import { refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { Outcome, Problems } from '../../forms/form-page.ts'
import { changedSince, shownIn } from '../../forms/stale-form.ts'
import type { Submission } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { addressOfRules, type RULES_DONE, rulesShown } from './app-rules-address.ts'
import { AppRulesView } from './app-rules-view.tsx'
import { ID, idIn } from './path-id.ts'

/** A submitted form of this page. */
interface Filled {
  readonly app: App
  readonly fields: Submission['fields']
}

/** `/admin/apps/:id/rules`: who may open which path of an app behind a proxy. */
export function appRulesPage({ apps, appRules, config, formPage }: Web): Hono<AdminEnv> {
  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    { app, fields }: Filled,
    problems: Problems = {},
  ) {
    const known = await appRules.namesFor(app)
    const { forwardAuthProxy: proxy, forwardAuthRules } = config
    const rule = c.req.query('rule') ?? fields.rule
    const editing = app.rules.find(({ path }) => path === rule) ?? null
    return page(
      c,
      status,
      <AppRulesView
        {...{ c, app, known, editing, fields, ...problems }}
        fileRules={forwardAuthRules.rules}
        isUsed={proxy !== undefined}
      />,
    )
  }

  const appIn = (c: AdminContext) => apps.list().find(({ id }) => id === idIn(c))

  const onSubmit = formPage<AdminContext, Filled>({
    values: (c, fields) => {
      const app = appIn(c)
      return app ? { app, fields } : refuse(c, 'not_found')
    },
    address: (_, { app }) => addressOfRules(app),
    show,
  })

  /** A change of the rules that were shown. */
  const onChange = (
    done: keyof typeof RULES_DONE,
    submit: (edit: RulesEdit, fields: Submission['fields']) => Promise<RulesOutcome>,
  ) =>
    onSubmit(async (c, { fields }): Promise<Outcome<Filled>> => {
      const shown = shownIn(fields)
      const seen = (app: App) => changedSince(shown, rulesShown(app)) === null
      const outcome = await submit({ id: idIn(c), by: actorOf(c), seen }, fields)
      if (!outcome) return refuse(c, 'not_found')
      if (outcome.ok) {
        const { value: app } = outcome
        return { to: `${addressOfRules(app)}?done=${done}`, body: { rules: app.rules.map(ruleFacts) } }
      }
      if (!('now' in outcome)) return { errors: outcome.errors }
      const changed = changedSince(shown, rulesShown(outcome.now)) ?? { before: {}, after: {} }
      return { changed, values: { app: outcome.now, fields } }
    })

  return new Hono<AdminEnv>()
    .get(`/admin/apps/${ID}/rules`, (c) => {
      const app = appIn(c)
      if (!app) return refuse(c, 'not_found')
      return wantsJson(c) ? c.json({ rules: app.rules.map(ruleFacts) }) : show(c, 200, { app, fields: {} })
    })
    .post(
      `/admin/apps/${ID}/rules`,
      onChange('added', (edit, fields) => appRules.add(edit, fields as RuleInput, fields.before)),
    )
    .post(
      `/admin/apps/${ID}/rules/change`,
      onChange('changed', (edit, fields) => appRules.change(edit, fields.rule, fields as RuleInput)),
    )
    .post(
      `/admin/apps/${ID}/rules/move`,
      onChange('moved', (edit, { rule, before }) => appRules.move(edit, rule, before)),
    )
    .post(
      `/admin/apps/${ID}/rules/remove`,
      onChange('removed', (edit, { rule }) => appRules.remove(edit, rule)),
    )
    .post(
      `/admin/apps/${ID}/rules/replace`,
      onChange('changed', (edit, { rules }) => appRules.replace(edit, rules)),
    )
}
