import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AppErrors } from '../../../apps/app-input.ts'
import { type App, told } from '../../../apps/apps.ts'
import { message } from '../../../platform/i18n/message.ts'
import type { Service } from '../../../service.ts'
import { invalid, refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/negotiation.ts'
import { type Changed, changedSince, editedIn, type Shown, shownIn } from '../../forms/stale-form.ts'
import { createForms, type Submission } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf, mayWrite } from '../../middleware/require-staff.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { AppForm, RemoveApp } from './app-form.tsx'
import { ChangedMeanwhile, changedProblem } from './changed-meanwhile.tsx'
import { type Errors, ID, idIn, taker } from './form-handler.ts'

const DONE = {
  created: message('The app is registered.'),
  saved: message('Saved.'),
  deleted: message(
    'The app is registered no more. Nobody is sent to its origins beyond the family from now on.',
  ),
}

/** The form that came back: of the app with this id, or of a new one. */
interface Retry {
  readonly id: number | null
  readonly fields: Submission['fields']
  readonly errors: Errors
  readonly changed?: Changed
}

/** `/admin/apps`: the registered apps, and how to register, change and remove them. */
export function appsPage({ apps, config }: Service): Hono<AdminEnv> {
  const forms = createForms(config)

  async function show(c: AdminContext, status: ContentfulStatusCode, retry: Retry | null = null) {
    const csrf = forms.token(c, c.var.account.current)
    const open = retry ? retry.id : Number(c.req.query('change') ?? 0)
    return page(c, status, <AppsPage {...{ c, csrf, apps: apps.list(), open, retry }} />)
  }

  const takes = taker(
    forms,
    (c) => (pathId(c) === null ? '/admin/apps' : `/admin/apps?change=${pathId(c)}`),
    (c, { fields }, errors) => show(c, 403, { id: pathId(c), fields, errors }),
  )

  const wrong = (c: AdminContext, { json, fields }: Submission, errors: AppErrors) =>
    json ? invalid(422, errors) : show(c, 422, { id: pathId(c), fields, errors })

  /** Says what somebody else changed; what was typed stays in the form, over the values of now. */
  function changedMeanwhile(
    c: AdminContext,
    { json, fields }: Pick<Submission, 'json' | 'fields'>,
    shown: Shown,
    app: App,
  ) {
    const now = shownOf(app)
    const changed = changedSince(shown, now) ?? { before: {}, after: {} }
    if (json) return changedProblem(changed)
    const typed = Object.fromEntries(
      editedIn(fields, shown, Object.keys(now)).map((name) => [name, fields[name]]),
    )
    return show(c, 409, { id: app.id, fields: { ...now, ...typed }, errors: {}, changed })
  }

  const answer = (c: AdminContext, json: boolean, app: App, status: 200 | 201) =>
    json
      ? c.json(appJson(app), status)
      : c.redirect(`/admin/apps?done=${status === 201 ? 'created' : 'saved'}`, 303)

  return new Hono<AdminEnv>()
    .get('/admin/apps', async (c) =>
      wantsJson(c) ? c.json({ apps: apps.list().map(appJson) }) : show(c, 200),
    )
    .post(
      '/admin/apps',
      takes(async (c, submission) => {
        const created = await apps.create(submission.fields, actorOf(c))
        return created.ok
          ? answer(c, submission.json, created.value, 201)
          : wrong(c, submission, created.errors)
      }),
    )
    .post(
      `/admin/apps/${ID}`,
      takes(async (c, submission) => {
        const shown = shownIn(submission.fields)
        const { name, origins, start_url, icon } = submission.fields
        const input = { name, origins, start_url, icon }
        const isAsSeen = (app: App) => changedSince(shown, shownOf(app)) === null
        const changed = await apps.change(idIn(c), input, actorOf(c), isAsSeen)
        if (!changed) return refuse(c, 'not_found')
        if (changed.ok) return answer(c, submission.json, changed.value, 200)
        return 'now' in changed
          ? changedMeanwhile(c, submission, shown, changed.now)
          : wrong(c, submission, changed.errors)
      }),
    )
    .post(
      `/admin/apps/${ID}/delete`,
      takes(async (c, submission) => {
        const { json, fields } = submission
        const shown = shownIn(fields)
        const app = apps.list().find(({ id }) => id === idIn(c))
        if (app && changedSince(shown, shownOf(app)))
          return changedMeanwhile(c, { json, fields: {} }, shown, app)
        if (!(await apps.remove(idIn(c), actorOf(c)))) return refuse(c, 'not_found')
        return json ? c.body(null, 204) : c.redirect('/admin/apps?done=deleted', 303)
      }),
    )
}

const pathId = (c: AdminContext): number | null => idIn(c) || null

/** What the form of an app shows. */
const shownOf = ({ name, origins, startUrl, icon }: App): Shown => ({
  name,
  origins: origins.join(' '),
  start_url: startUrl,
  icon,
})

const appJson = (app: App) => ({ id: app.id, ...told(app) })

interface AppsPageProps {
  readonly c: AdminContext
  readonly csrf: string
  readonly apps: readonly App[]
  /** Id of the app whose form is there: all of them would weigh too much. */
  readonly open: number | null
  readonly retry: Retry | null
}

const AppsPage = ({ c, csrf, apps, open, retry }: AppsPageProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={t('Apps')} section="/admin/apps">
      <Done c={c} texts={DONE} />
      <p class="muted">
        {t(
          'Apps below the cookie domain work without being registered. Registered ones are called by their name, are on everybody’s account page, and may have origins elsewhere that people are sent back to.',
        )}
      </p>
      {!mayWrite(c) && <ReadOnly />}
      {apps.map((app) => (
        <section class="card" aria-labelledby={`app-${app.id}`}>
          <h2 id={`app-${app.id}`} class="titled">
            <span class="tile-icon" aria-hidden="true">
              {app.icon}
            </span>
            {app.name}
          </h2>
          <p class="small">
            <a href={app.startUrl}>{app.startUrl}</a>
          </p>
          <p class="muted small">{app.origins.join(', ')}</p>
          {mayWrite(c) && app.id !== open && (
            <p>
              <a href={`/admin/apps?change=${app.id}#app-${app.id}`}>
                {t('Change or remove {name}', { name: app.name })}
              </a>
            </p>
          )}
          {mayWrite(c) && app.id === open && (
            <>
              <ChangedMeanwhile changed={retry?.changed} />
              <AppForm
                action={`/admin/apps/${app.id}`}
                csrf={csrf}
                app={app}
                shown={shownOf(app)}
                retry={retry}
              />
              <RemoveApp app={app} csrf={csrf} shown={shownOf(app)} />
            </>
          )}
        </section>
      ))}
      {mayWrite(c) ? (
        <section class="card" aria-labelledby="new">
          <h2 id="new">{t('Register an app')}</h2>
          <AppForm
            action="/admin/apps"
            csrf={csrf}
            app={null}
            retry={retry !== null && retry.id === null ? retry : null}
          />
        </section>
      ) : (
        apps.length === 0 && <p class="card">{t('No apps yet.')}</p>
      )}
    </AdminLayout>
  )
}
