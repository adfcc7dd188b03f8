import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RegisteredApp } from '../../../apps/apps.ts'
import type { Actor, AuditRecord } from '../../../events/audit-log.ts'
import type { OidcConsent } from '../../../oidc/consents.ts'
import type { Locate } from '../../../platform/client/geoip.ts'
import { unixTime } from '../../../platform/clock.ts'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import { type PageOf, SESSIONS_PAGE } from '../../../platform/database/pagination.ts'
import type { Message } from '../../../platform/i18n/message.ts'
import { parseEmail } from '../../../platform/validation/email-address.ts'
import type { Session } from '../../../tokens/sessions/sessions.ts'
import { hasPassword } from '../../../users/unusable-password.ts'
import type { User } from '../../../users/users.ts'
import { refuse } from '../../components/error-page.tsx'
import { FormError } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { Notices } from '../../components/notices.tsx'
import { sessionNames } from '../../components/session-name.ts'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import { userJson } from '../../forms/user-json.ts'
import { requireProof } from '../../middleware/require-proof.ts'
import { type Account, type AccountEnv, requireSession } from '../../middleware/require-session.ts'
import { noStore } from '../../middleware/security-headers.ts'
import { addCookies, setCookies } from '../../middleware/set-cookies.ts'
import { noticesOfTokens } from '../../sign-in/notices-of-tokens.ts'
import { createTellProviders } from '../../sign-in/tell-providers.ts'
import type { Web } from '../../web.ts'
import { ApiAccessSection } from './api-access-section.tsx'
import { AppsSection } from './apps-section.tsx'
import { confirmPage } from './confirm-page.tsx'
import { ConnectedAppsSection } from './connected-apps-section.tsx'
import { deletePage } from './delete-page.tsx'
import { emailPage } from './email-page.tsx'
import { eventJson } from './event-json.ts'
import { exportPage } from './export-page.tsx'
import { historyPage } from './history-page.tsx'
import { HistorySection, TokenReuseAlert } from './history-section.tsx'
import { namesPage } from './names-page.tsx'
import { passwordPage } from './password-page.tsx'
import { ProfileSection } from './profile-section.tsx'
import { SecuritySection, Unconfirmed } from './security-section.tsx'
import { ownSessionJson, sessionsPage } from './sessions-page.tsx'
import { SessionsSection } from './sessions-section.tsx'
import { tokensPage } from './tokens-page.tsx'
import { YourDataSection } from './your-data-section.tsx'

/** How many of the latest events programs get. */
const HISTORY = 10
/** How many are read for users, who see many failures in a row as one line. */
const LATEST = 200

const END_ALL = '/account/sessions/end-all'

/** `/account`: the user, sign-in methods and sessions; each section of the page is a file under `account/`. */
export function accountPage(web: Web): Hono<AccountEnv> {
  const { apiTokens, apps, audit, config, formPage, limits, now, oneTimeTokens, locate } = web
  const { knownDevices, oidc, returnUrls, sessions, emailVerification } = web
  const tellProviders = createTellProviders(web)

  async function show(c: Context<AccountEnv>, status: ContentfulStatusCode, error?: Message) {
    const { account } = c.var
    const history = await audit.historyOf(account.user.uuid, LATEST)
    const pendingEmail = await oneTimeTokens.pendingEmail(account.user)
    const listed = await firstSessions(account)
    const tokens = (await apiTokens.list(account.user)).length
    const consents = oidc.isOn() ? await oidc.consents.list(account.user) : []
    const data = { now: unixTime(now), error, history, locate, pendingEmail, apps: apps.list(), tokens }
    const content = { c, ...data, mails: sendsMail(config), consents, ...account, listed }
    return page(c, status, <AccountPage {...content} />)
  }

  /** This session first, then others up to a page. */
  async function firstSessions({ user, session, current }: Account): Promise<PageOf<Session>> {
    const { rows, next } = await sessions.page(user.id, { but: current, size: SESSIONS_PAGE - 1 })
    return { rows: [session, ...rows], next }
  }

  const signOut = (c: Context) => addCookies(c, sessions.clearCookies(c.var.device.cookies))

  const onSubmit = formPage({
    values: (_: Context<AccountEnv>) => null,
    address: () => '/account',
    show: (c, status, _, { errors }) => show(c, status, errors?.form),
  })

  const actorOf = (c: Context<AccountEnv>): Actor => ({
    uuid: c.var.account.user.uuid,
    device: c.var.device,
  })

  const endOthers = onSubmit(async (c) => {
    const { user, current } = c.var.account
    await limits.consumeChange('sessions', user.uuid)
    await sessions.endOthers(user.id, current, actorOf(c))
    setCookies(c, [await knownDevices.remember(parseEmail(user.email), c.var.device.cookies)])
    return { to: returnUrls.ours('/account', 'others_ended', ...(await noticesOfTokens(apiTokens, user))) }
  })

  const endAll = onSubmit(async (c, { json }) => {
    const { user } = c.var.account
    await limits.consumeChange('sessions', user.uuid)
    const all = json ? [] : (await sessions.list(user.id)).map(({ id }) => id)
    const landing = returnUrls.ours('/login', 'all_ended', ...(await noticesOfTokens(apiTokens, user)))
    const to = await tellProviders(all, landing)
    await sessions.endAll(user.id, actorOf(c))
    signOut(c)
    return { to }
  })

  const endOne = onSubmit(async (c, { json }) => {
    const { user, current } = c.var.account
    const id = c.req.param('id') as string
    await limits.consumeChange('sessions', user.uuid)
    const isCurrent = id === current
    const landing = isCurrent
      ? returnUrls.ours('/login', 'signed_out')
      : returnUrls.ours('/account', 'session_ended')
    const to = isCurrent && !json ? await tellProviders([id], landing) : landing
    if (!(await sessions.endFor(user.id, id, actorOf(c)))) return refuse(c, 'not_found')
    if (isCurrent) signOut(c)
    return { to }
  })

  const withdraw = onSubmit(async (c) => {
    const { user } = c.var.account
    await limits.consumeChange('apps', user.uuid)
    const isWithdrawn = await oidc.consents.withdraw(user, c.req.param('key') as string, actorOf(c))
    return isWithdrawn ? { to: returnUrls.ours('/account', 'app_withdrawn') } : refuse(c, 'not_found')
  })

  const confirmAgain = onSubmit(async (c) => {
    const { user } = c.var.account
    if (user.emailVerifiedAt === null) {
      await limits.consumeMail('verify_email', parseEmail(user.email), c.var.device)
      await emailVerification.sendLink(user, c.var.device, null)
    }
    return { to: returnUrls.ours('/account', 'confirmation_mailed') }
  })

  const endsAll = (c: Context) => c.req.method === 'POST' && c.req.path === END_ALL
  const app = new Hono<AccountEnv>()
  app.use('/account/*', noStore, requireSession(web, endsAll))
  const proof = requireProof(web)
  app.use('/account/export', proof)
  // Their forms ask for the password themselves.
  const proofOfOthers: MiddlewareHandler<AccountEnv> = (c, next) =>
    hasPassword(c.var.account.user) ? next() : proof(c, next)
  app.use('/account/email', proofOfOthers)
  app.use('/account/delete', proofOfOthers)
  app.route('/', confirmPage(web))
  app.get('/account', async (c) => {
    if (!wantsJson(c)) return show(c, 200)
    const { user, current } = c.var.account
    const { rows, next } = await firstSessions(c.var.account)
    const history = await audit.historyOf(user.uuid, HISTORY)
    return c.json({
      ...userJson(user),
      email_verified: user.emailVerifiedAt !== null,
      pending_email: await oneTimeTokens.pendingEmail(user),
      sessions: rows.map((session) => ownSessionJson(session, current, apps.list(), locate)),
      sessions_next: next,
      history: history.map((record) => eventJson(record, locate)),
    })
  })
  app.post('/account/sessions/end-others', endOthers)
  app.post(END_ALL, endAll)
  app.post('/account/sessions/:id/end', endOne)
  app.post('/account/apps/:key{[A-Za-z0-9_-]{1,32}}/withdraw', withdraw)
  app.route('/', exportPage(web))
  app.route('/', historyPage(web))
  app.route('/', sessionsPage(web))
  app.route('/', deletePage(web))
  app.post('/account/verify-email', (c) => (sendsMail(config) ? confirmAgain(c) : refuse(c, 'no_mail')))
  app.route('/', namesPage(web))
  app.route('/', emailPage(web))
  app.route('/', passwordPage(web))
  app.route('/', tokensPage(web))
  return app
}

interface AccountPageProps extends Account {
  readonly c: Context
  readonly listed: PageOf<Session>
  readonly now: number
  readonly error?: Message | undefined
  readonly history: readonly AuditRecord[]
  readonly locate: Locate
  readonly apps: readonly RegisteredApp[]
  readonly pendingEmail: string | null
  readonly mails: boolean
  readonly consents: readonly OidcConsent[]
  /** How many API tokens the user has. */
  readonly tokens: number
}

const AccountPage = ({
  c,
  now,
  error,
  history,
  locate,
  apps,
  pendingEmail,
  mails,
  consents,
  tokens,
  user,
  listed,
  current,
}: AccountPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('Your account')} wide nav={<Nav user={user} />}>
      <h1>{user.firstName ? t('Hello, {name}', { name: user.firstName }) : t('Your account')}</h1>
      <Notices c={c} />
      <FormError words={error} />
      <TokenReuseAlert history={history} now={now} />
      {mails && <Unconfirmed user={user} />}
      <AppsSection apps={apps} />
      <ProfileSection user={user} />
      <SecuritySection user={user} pendingEmail={pendingEmail} mails={mails} />
      <SessionsSection
        sessions={listed.rows}
        next={listed.next}
        nameOf={sessionNames(apps)}
        {...{ current, now, locate }}
      />
      {(tokens > 0 || apps.some(({ clientId }) => clientId !== null)) && <ApiAccessSection tokens={tokens} />}
      <ConnectedAppsSection consents={consents} />
      {history.length > 0 && <HistorySection history={history} now={now} locate={locate} />}
      <YourDataSection />
    </Layout>
  )
}

const Nav = ({ user }: { user: User }) => {
  const t = useTranslation()
  return (
    <nav aria-label={t('Account')}>
      {(user.isStaff || user.isSuperuser) && <a href="/admin">{t('Administration')}</a>}
      <a class="button quiet small" href="/logout">
        {t('Sign out')}
      </a>
    </nav>
  )
}
