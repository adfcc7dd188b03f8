import { Hono } from 'hono'
import type { JSX } from 'hono/jsx/jsx-runtime'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RegisteredApp } from '../../../apps/apps.ts'
import type { Actor } from '../../../events/audit-log.ts'
import { missingGroups } from '../../../users/groups/missing-groups.ts'
import { refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { Errors, Problems } from '../../forms/form-page.ts'
import { changedSince, editedIn, type Shown, shownIn } from '../../forms/stale-form.ts'
import { type Submission, tickOf } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import type { AppProtocolViewProps } from './app-protocol-parts.tsx'
import { ID, idIn } from './path-id.ts'

/** A protocol by which an app can sign users in: what is its own on the page about it. */
export interface AppProtocol<Settings extends { readonly groups: readonly string[] | null }> {
  /** The end of the page's path. */
  readonly path: string
  /** `null` if the app does not sign users in this way. */
  readonly settingsOf: (app: RegisteredApp) => Settings | null
  /** The values in the form. */
  readonly shown: (settings: Settings | null) => Shown
  /** Fields of the form that are not stored. */
  readonly moreFields?: readonly string[]
  /** The fields that are ticked. */
  readonly ticks: readonly string[]
  readonly view: (props: AppProtocolViewProps) => JSX.Element
  readonly json: (app: RegisteredApp) => object
  /** How many devices are signed in to the app, if it can have some. */
  readonly devicesOf?: (app: RegisteredApp) => Promise<number>
  /** What else can be done: the end of the path, which then is in `done` of the page. */
  readonly actions?: Readonly<Record<string, (app: RegisteredApp, by: Actor) => Promise<unknown>>>
  readonly store: {
    set(
      appId: number,
      input: object,
      by: Actor,
      seen: (settings: Settings | null) => boolean,
    ): Promise<
      | { readonly ok: true; readonly value: RegisteredApp }
      | { readonly ok: false; readonly errors: Errors }
      | { readonly ok: false; readonly now: RegisteredApp }
      | null
    >
    remove(appId: number, by: Actor): Promise<boolean>
  }
}

/** A submitted form of this page; without fields if it was only opened. */
interface Filled {
  readonly app: RegisteredApp
  readonly fields: Submission['fields'] | null
}

/** `/admin/apps/:id/oidc` and `/admin/apps/:id/saml`: how an app signs users in. */
export function appProtocolPage<Settings extends { readonly groups: readonly string[] | null }>(
  { apps, config, formPage, groups }: Web,
  protocol: AppProtocol<Settings>,
): Hono<AdminEnv> {
  const { settingsOf, shown: valuesOf, moreFields = [], ticks, view: View, store } = protocol
  const { actions = {}, devicesOf } = protocol
  const path = `/admin/apps/${ID}/${protocol.path}`
  const addressOf = ({ id }: RegisteredApp) => `/admin/apps/${id}/${protocol.path}`

  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    filled: Filled,
    problems: Problems = {},
  ) {
    const missing = await missingGroups(groups, settingsOf(filled.app)?.groups)
    const devices = (await devicesOf?.(filled.app)) ?? 0
    const content = { c, ...filled, ...problems, missing, devices }
    return page(c, status, <View {...content} authUrl={config.authUrl} />)
  }

  const appIn = (c: AdminContext) => apps.list().find(({ id }) => id === idIn(c))

  const json = async (app: RegisteredApp) => ({
    ...protocol.json(app),
    ...(devicesOf && { devices: await devicesOf(app) }),
  })

  const onSubmit = formPage<AdminContext, Filled>({
    values: (c, fields) => {
      const app = appIn(c)
      return app ? { app, fields: normalized(fields) } : refuse(c, 'not_found')
    },
    address: (_, { app }) => addressOf(app),
    show,
  })

  /** Another administrator's changes; the input stays in the form, over the current values. */
  function changedMeanwhile(fields: Submission['fields'], app: RegisteredApp) {
    const shown = shownIn(fields)
    const now = valuesOf(settingsOf(app))
    const typed = Object.fromEntries(
      editedIn(fields, shown, [...Object.keys(now), ...moreFields]).map((name) => [name, fields[name]]),
    )
    const changed = changedSince(shown, now) ?? { before: {}, after: {} }
    return { changed, values: { app, fields: { ...now, ...typed } } }
  }

  const routes = new Hono<AdminEnv>()
  for (const [name, act] of Object.entries(actions)) {
    const submit = onSubmit(async (c, { values: { app } }) => {
      await act(app, actorOf(c))
      return { to: `${addressOf(app)}?done=${name}` }
    })
    routes.post(`${path}/${name}`, submit)
  }
  return routes
    .get(path, async (c) => {
      const app = appIn(c)
      if (!app) return refuse(c, 'not_found')
      return wantsJson(c) ? c.json(await json(app)) : show(c, 200, { app, fields: null })
    })
    .post(
      path,
      onSubmit(async (c, { values }) => {
        const fields = values.fields ?? {}
        const shown = shownIn(fields)
        const ticked = Object.fromEntries(ticks.map((name) => [name, tickOf(c, fields, name)]))
        const seen = (settings: Settings | null) => changedSince(shown, valuesOf(settings)) === null
        const changed = await store.set(idIn(c), { ...fields, ...ticked }, actorOf(c), seen)
        if (!changed) return refuse(c, 'not_found')
        if (changed.ok)
          return { to: `${addressOf(changed.value)}?done=saved`, body: await json(changed.value) }
        return 'now' in changed ? changedMeanwhile(fields, changed.now) : { errors: changed.errors }
      }),
    )
    .post(
      `${path}/remove`,
      onSubmit(async (c, { values: { app, fields } }) => {
        const shown = shownIn(fields ?? {})
        if (changedSince(shown, valuesOf(settingsOf(app)))) return changedMeanwhile({}, app)
        return (await store.remove(idIn(c), actorOf(c)))
          ? { to: `${addressOf(app)}?done=removed` }
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
