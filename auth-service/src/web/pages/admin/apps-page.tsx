import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AppSecret } from '../../../apps/app-credentials.ts'
import { detailsOf } from '../../../apps/app-row.ts'
import { ruleFacts } from '../../../apps/app-rule.ts'
import type { App, RegisteredApp } from '../../../apps/apps.ts'
import { unixTime } from '../../../platform/clock.ts'
import { message } from '../../../platform/i18n/message.ts'
import { refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import { createFlash } from '../../forms/flash.ts'
import type { Problems } from '../../forms/form-page.ts'
import { changedSince, editedIn, type Shown, shownIn } from '../../forms/stale-form.ts'
import type { Submission } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf, mayWrite } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { AppCredentialsCard, NewCredentials } from './app-credentials-card.tsx'
import { AppForm, RemoveApp } from './app-form.tsx'
import { addressOfOidc } from './app-oidc-address.ts'
import { addressOfRules } from './app-rules-address.ts'
import { addressOfSaml } from './app-saml-address.ts'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { ID, idIn } from './path-id.ts'

const DONE = {
  created: message('App registered.'),
  saved: message('Saved.'),
  secret_revoked: message('The secret is revoked. The app can’t use it from now on.'),
  deleted: message('App removed. Its external origins are no longer valid return addresses.'),
}

/** The submitted form: of the app with this id, or of a new one. */
interface Filled {
  readonly id: number | null
  readonly fields: Submission['fields']
}

/** `/admin/apps`: lists, registers, changes and removes apps. */
export function appsPage({ apps, appCredentials, config, formPage, now }: Web): Hono<AdminEnv> {
  const fresh = createFlash(config, '/admin/apps')

  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    filled?: Filled,
    problems: Problems = {},
  ) {
    const retry = filled === undefined ? null : { ...filled, ...problems }
    const open = retry ? retry.id : Number(c.req.query('change') ?? 0)
    const secrets = mayWrite(c) && open ? await appCredentials.list(open) : []
    const issued = c.req.query('done') === 'issued' ? fresh.of(c) : null
    const [id = '', secret = ''] = issued?.split(' ') ?? []
    const credentials = issued === null ? null : { id, secret }
    const isProxied = config.forwardAuthProxy !== undefined
    const content = { c, apps: apps.list(), open, retry, secrets, credentials, isProxied, now: unixTime(now) }
    return page(c, status, <AppsPage {...content} />)
  }

  const onSubmit = formPage<AdminContext, Filled>({
    values: (c, fields) => ({ id: pathId(c), fields }),
    address: (_, { id }) => (id === null ? '/admin/apps' : `/admin/apps?change=${id}`),
    show,
  })

  /** Another administrator's changes; the input stays in the form, over the current values. */
  function changedMeanwhile(fields: Submission['fields'], shown: Shown, app: App) {
    const now = shownOf(app)
    const changed = changedSince(shown, now) ?? { before: {}, after: {} }
    const typed = Object.fromEntries(
      editedIn(fields, shown, Object.keys(now)).map((name) => [name, fields[name]]),
    )
    return { changed, values: { id: app.id, fields: { ...now, ...typed } } }
  }

  return new Hono<AdminEnv>()
    .get('/admin/apps', async (c) =>
      wantsJson(c) ? c.json({ apps: apps.list().map(appJson) }) : show(c, 200),
    )
    .post(
      '/admin/apps',
      onSubmit(async (c, { fields }) => {
        const created = await apps.create(fields, actorOf(c))
        if (!created.ok) return { errors: created.errors }
        return { to: '/admin/apps?done=created', body: appJson(created.value), status: 201 }
      }),
    )
    .post(
      `/admin/apps/${ID}`,
      onSubmit(async (c, { fields }) => {
        const shown = shownIn(fields)
        const { name, origins, start_url, icon, token_scopes } = fields
        const input = { name, origins, start_url, icon, token_scopes }
        const isAsSeen = (app: App) => changedSince(shown, shownOf(app)) === null
        const changed = await apps.change(idIn(c), input, actorOf(c), isAsSeen)
        if (!changed) return refuse(c, 'not_found')
        if (changed.ok) return { to: '/admin/apps?done=saved', body: appJson(changed.value) }
        return 'now' in changed ? changedMeanwhile(fields, shown, changed.now) : { errors: changed.errors }
      }),
    )
    .post(
      `/admin/apps/${ID}/delete`,
      onSubmit(async (c, { fields }) => {
        const shown = shownIn(fields)
        const app = apps.list().find(({ id }) => id === idIn(c))
        if (app && changedSince(shown, shownOf(app))) return changedMeanwhile({}, shown, app)
        const removed = await apps.remove(idIn(c), actorOf(c))
        if (removed.ok) return { to: '/admin/apps?done=deleted' }
        return removed.reason === 'has_rules' ? { errors: { form: HAS_RULES } } : refuse(c, 'not_found')
      }),
    )
    .post(
      `/admin/apps/${ID}/secrets`,
      onSubmit(async (c, { json }) => {
        const issued = await appCredentials.issue(idIn(c), actorOf(c))
        if (!issued.ok)
          return issued.reason === 'not_found' ? refuse(c, 'not_found') : { errors: { form: TWO_SECRETS } }
        const { clientId, clientSecret, earlierExpiresAt } = issued.value
        if (!json) fresh.set(c, `${clientId} ${clientSecret}`, SHOWN)
        // Other processes learn the client id within seconds; this one shows it at once.
        await apps.reload()
        return {
          to: `/admin/apps?done=issued&change=${idIn(c)}#app-${idIn(c)}`,
          body: {
            client_id: clientId,
            client_secret: clientSecret,
            earlier_expires_at: earlierExpiresAt,
          },
          status: 201,
        }
      }),
    )
    .post(
      `/admin/apps/${ID}/secrets/:secret{[0-9]{1,9}}/revoke`,
      onSubmit(async (c) => {
        const revoked = await appCredentials.revoke(idIn(c), Number(c.req.param('secret')), actorOf(c))
        return revoked
          ? { to: `/admin/apps?done=secret_revoked&change=${idIn(c)}#app-${idIn(c)}` }
          : refuse(c, 'not_found')
      }),
    )
}

/** How long the page shows new credentials, in seconds. */
const SHOWN = 60

const HAS_RULES = message(
  'Remove the rules of this app first: without them, all signed-in people could open what the rules protect.',
)

const TWO_SECRETS = message('The app has two secrets. Revoke the older one before you create another.')

const pathId = (c: AdminContext): number | null => idIn(c) || null

/** The values in an app's form. */
const shownOf = ({ name, origins, startUrl, icon, tokenScopes }: App): Shown => ({
  name,
  origins: origins.join(' '),
  start_url: startUrl,
  icon,
  token_scopes: tokenScopes.join(' '),
})

const appJson = (app: App) => ({
  id: app.id,
  ...detailsOf(app),
  client_id: app.clientId,
  rules: app.rules.map(ruleFacts),
})

interface AppsPageProps {
  readonly c: AdminContext
  readonly apps: readonly RegisteredApp[]
  /** Id of the app whose form is shown, since all of them would be too large. */
  readonly open: number | null
  readonly retry: (Filled & Problems) | null
  /** The secrets of that app. */
  readonly secrets: readonly AppSecret[]
  /** New credentials. */
  readonly credentials: { readonly id: string; readonly secret: string } | null
  /** Whether a proxy asks for rules. */
  readonly isProxied: boolean
  /** The time of the request in seconds. */
  readonly now: number
}

const AppsPage = ({ c, apps, open, retry, secrets, credentials, isProxied, now }: AppsPageProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={t('Apps')} section="/admin/apps">
      <Done c={c} texts={DONE} />
      <p class="muted">
        {t(
          'Apps under the cookie domain work without registration. Registered apps are shown by name, appear on every account page, and may have origins on other domains as return addresses.',
        )}
      </p>
      {!mayWrite(c) && <ReadOnly />}
      {credentials && <NewCredentials {...credentials} />}
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
          {(isProxied || app.rules.length > 0) && (
            <p>
              <a href={addressOfRules(app)}>
                {app.rules.length === 0
                  ? t('Rules for {name}', { name: app.name })
                  : t('Rules for {name} ({count})', { name: app.name, count: app.rules.length })}
              </a>
            </p>
          )}
          {(mayWrite(c) || app.oidc) && (
            <p>
              <a href={addressOfOidc(app)}>{t('OpenID Connect for {name}', { name: app.name })}</a>
            </p>
          )}
          {(mayWrite(c) || app.saml) && (
            <p>
              <a href={addressOfSaml(app)}>{t('SAML for {name}', { name: app.name })}</a>
            </p>
          )}
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
              <AppForm action={`/admin/apps/${app.id}`} app={app} shown={shownOf(app)} retry={retry} />
              <AppCredentialsCard {...{ app, secrets, now }} />
              <RemoveApp app={app} shown={shownOf(app)} />
            </>
          )}
        </section>
      ))}
      {mayWrite(c) ? (
        <section class="card" aria-labelledby="new">
          <h2 id="new">{t('Register an app')}</h2>
          <AppForm
            action="/admin/apps"
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
