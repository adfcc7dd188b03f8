import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RegisteredApp } from '../../../apps/apps.ts'
import { providerDetailsOf, type ServiceProvider } from '../../../apps/service-provider-input.ts'
import { missingGroups } from '../../../users/groups/missing-groups.ts'
import { refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { Problems } from '../../forms/form-page.ts'
import { changedSince, editedIn, shownIn } from '../../forms/stale-form.ts'
import { type Submission, tickOf } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { addressOfSaml, samlShown } from './app-saml-address.ts'
import { AppSamlView } from './app-saml-view.tsx'
import { ID, idIn } from './path-id.ts'

/** A submitted form of this page; `null` if it was only opened. */
interface Filled {
  readonly app: RegisteredApp
  readonly fields: Submission['fields'] | null
}

/** `/admin/apps/:id/saml`: how an app signs users in by SAML. */
export function appSamlPage({ apps, config, formPage, groups, serviceProviders }: Web): Hono<AdminEnv> {
  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    filled: Filled,
    problems: Problems = {},
  ) {
    const missing = await missingGroups(groups, filled.app.saml?.groups)
    return page(
      c,
      status,
      <AppSamlView {...{ c, ...filled, ...problems, missing }} authUrl={config.authUrl} />,
    )
  }

  const appIn = (c: AdminContext) => apps.list().find(({ id }) => id === idIn(c))

  const onSubmit = formPage<AdminContext, Filled>({
    values: (c, fields) => {
      const app = appIn(c)
      return app ? { app, fields: normalized(fields) } : refuse(c, 'not_found')
    },
    address: (_, { app }) => addressOfSaml(app),
    show,
  })

  /** Another administrator's changes; the input stays in the form, over the current values. */
  function changedMeanwhile(fields: Submission['fields'], app: RegisteredApp) {
    const shown = shownIn(fields)
    const now = samlShown(app.saml)
    const typed = Object.fromEntries(
      editedIn(fields, shown, [...Object.keys(now), 'metadata']).map((name) => [name, fields[name]]),
    )
    const changed = changedSince(shown, now) ?? { before: {}, after: {} }
    return { changed, values: { app, fields: { ...now, ...typed } } }
  }

  return new Hono<AdminEnv>()
    .get(`/admin/apps/${ID}/saml`, (c) => {
      const app = appIn(c)
      if (!app) return refuse(c, 'not_found')
      return wantsJson(c) ? c.json(jsonOf(app)) : show(c, 200, { app, fields: null })
    })
    .post(
      `/admin/apps/${ID}/saml`,
      onSubmit(async (c, { values: { fields: sent } }) => {
        const fields = sent ?? {}
        const shown = shownIn(fields)
        const input = {
          ...fields,
          signed_requests: tickOf(c, fields, 'signed_requests'),
          encrypt_assertions: tickOf(c, fields, 'encrypt_assertions'),
          starts_here: tickOf(c, fields, 'starts_here'),
        }
        const seen = (provider: ServiceProvider | null) => changedSince(shown, samlShown(provider)) === null
        const changed = await serviceProviders.set(idIn(c), input, actorOf(c), seen)
        if (!changed) return refuse(c, 'not_found')
        if (changed.ok)
          return { to: `${addressOfSaml(changed.value)}?done=saved`, body: jsonOf(changed.value) }
        return 'now' in changed ? changedMeanwhile(fields, changed.now) : { errors: changed.errors }
      }),
    )
    .post(
      `/admin/apps/${ID}/saml/remove`,
      onSubmit(async (c, { values: { app, fields } }) => {
        if (changedSince(shownIn(fields ?? {}), samlShown(app.saml))) return changedMeanwhile({}, app)
        return (await serviceProviders.remove(idIn(c), actorOf(c)))
          ? { to: `${addressOfSaml(app)}?done=removed` }
          : refuse(c, 'not_found')
      }),
    )
}

/** Browsers send the lines of a text with CR LF. */
const normalized = (fields: Submission['fields']): Submission['fields'] =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value,
    ]),
  )

const jsonOf = ({ saml }: RegisteredApp) => ({ saml: saml && providerDetailsOf(saml) })
