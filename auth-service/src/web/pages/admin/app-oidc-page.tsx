import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RegisteredApp } from '../../../apps/apps.ts'
import type { OidcClient } from '../../../apps/oidc-client-input.ts'
import { clientDetailsOf } from '../../../apps/oidc-clients.ts'
import { missingGroups } from '../../../users/groups/missing-groups.ts'
import { refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { Problems } from '../../forms/form-page.ts'
import { changedSince, editedIn, shownIn } from '../../forms/stale-form.ts'
import { type Submission, tickOf } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { addressOfOidc, oidcShown } from './app-oidc-address.ts'
import { AppOidcView } from './app-oidc-view.tsx'
import { ID, idIn } from './path-id.ts'

/** A submitted form of this page; `null` if it was only opened. */
interface Filled {
  readonly app: RegisteredApp
  readonly fields: Submission['fields'] | null
}

/** `/admin/apps/:id/oidc`: how an app signs users in by OpenID Connect. */
export function appOidcPage({ apps, config, formPage, groups, oidcClients }: Web): Hono<AdminEnv> {
  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    filled: Filled,
    problems: Problems = {},
  ) {
    const missing = await missingGroups(groups, filled.app.oidc?.groups)
    return page(
      c,
      status,
      <AppOidcView {...{ c, ...filled, ...problems, missing }} authUrl={config.authUrl} />,
    )
  }

  const appIn = (c: AdminContext) => apps.list().find(({ id }) => id === idIn(c))

  const onSubmit = formPage<AdminContext, Filled>({
    values: (c, fields) => {
      const app = appIn(c)
      return app ? { app, fields } : refuse(c, 'not_found')
    },
    address: (_, { app }) => addressOfOidc(app),
    show,
  })

  /** Another administrator's changes; the input stays in the form, over the current values. */
  function changedMeanwhile(fields: Submission['fields'], app: RegisteredApp) {
    const shown = shownIn(fields)
    const now = oidcShown(app.oidc)
    const typed = Object.fromEntries(
      editedIn(fields, shown, Object.keys(now)).map((name) => [name, fields[name]]),
    )
    const changed = changedSince(shown, now) ?? { before: {}, after: {} }
    return { changed, values: { app, fields: { ...now, ...typed } } }
  }

  return new Hono<AdminEnv>()
    .get(`/admin/apps/${ID}/oidc`, (c) => {
      const app = appIn(c)
      if (!app) return refuse(c, 'not_found')
      return wantsJson(c) ? c.json(jsonOf(app)) : show(c, 200, { app, fields: null })
    })
    .post(
      `/admin/apps/${ID}/oidc`,
      onSubmit(async (c, { fields }) => {
        const shown = shownIn(fields)
        const input = {
          ...fields,
          first_party: tickOf(c, fields, 'first_party'),
          device_flow: tickOf(c, fields, 'device_flow'),
        }
        const seen = (client: OidcClient | null) => changedSince(shown, oidcShown(client)) === null
        const changed = await oidcClients.set(idIn(c), input, actorOf(c), seen)
        if (!changed) return refuse(c, 'not_found')
        if (changed.ok)
          return { to: `${addressOfOidc(changed.value)}?done=saved`, body: jsonOf(changed.value) }
        return 'now' in changed ? changedMeanwhile(fields, changed.now) : { errors: changed.errors }
      }),
    )
    .post(
      `/admin/apps/${ID}/oidc/remove`,
      onSubmit(async (c, { fields, values: { app } }) => {
        if (changedSince(shownIn(fields), oidcShown(app.oidc))) return changedMeanwhile({}, app)
        return (await oidcClients.remove(idIn(c), actorOf(c)))
          ? { to: `${addressOfOidc(app)}?done=removed` }
          : refuse(c, 'not_found')
      }),
    )
}

const jsonOf = ({ clientId, oidc }: RegisteredApp) => ({
  client_id: clientId,
  oidc: oidc && clientDetailsOf(oidc),
})
