import { Hono } from 'hono'
import { unixTime } from '../../../platform/clock.ts'
import { message } from '../../../platform/i18n/message.ts'
import { isStorable } from '../../../platform/validation/storable-text.ts'
import type { Service } from '../../../service.ts'
import {
  type FoundPeople,
  type ListedUser,
  MOST_LOOKED_AT,
  type PeopleFilter,
  type PeopleQuery,
} from '../../../users/directory.ts'
import { page } from '../../components/layout.tsx'
import { Pager } from '../../components/pager.tsx'
import { Time } from '../../components/time.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import { userJson } from '../../forms/user-json.ts'
import type { AdminContext, AdminEnv } from '../../middleware/require-staff.ts'
import { AdminLayout, Done } from './admin-layout.tsx'
import { Select } from './select.tsx'

const FILTERS: Record<PeopleFilter, string> = {
  '': message('Everyone'),
  active: message('Active'),
  inactive: message('Disabled'),
  staff: message('Staff'),
  superuser: message('Superusers'),
  unverified: message('Unconfirmed email'),
}
/** Longest search, in UTF-16 units. */
const MAX_SEARCH = 254

const DONE = {
  deleted: message('The account is deleted permanently. The apps are told to delete the person’s data.'),
}

const ORDERS = { newest: message('Newest first'), email: message('By email') }

/** `/admin/people`: all users, in pages. */
export function usersPage({ directory, now }: Service): Hono<AdminEnv> {
  return new Hono<AdminEnv>().get('/admin/people', async (c) => {
    const query = queryOf(c)
    const found = await directory.list(query)
    if (wantsJson(c)) return c.json({ people: found.people.map(listedUserJson), next: found.next })
    const content = { c, query, found, now: unixTime(now) }
    return page(c, 200, <UsersPage {...content} />)
  })
}

/** The query's filters; invalid ones are dropped. */
function queryOf(c: AdminContext): PeopleQuery {
  const { q = '', filter = '', order = 'newest', after = '' } = c.req.query()
  return {
    search: isStorable(q) ? q.trim().slice(0, MAX_SEARCH) : '',
    filter: Object.hasOwn(FILTERS, filter) ? (filter as PeopleFilter) : '',
    order: order === 'email' ? 'email' : 'newest',
    after: after !== '' && isStorable(after) ? after : null,
  }
}

/** A user as JSON tells it to administrators. */
export const listedUserJson = (user: ListedUser) => ({
  ...userJson(user),
  is_active: user.isActive,
  created_at: user.createdAt,
  last_login_at: user.lastLoginAt,
  email_verified_at: user.emailVerifiedAt,
})

const addressOf = ({ search, filter, order }: PeopleQuery, after?: string): string =>
  `/admin/people?${new URLSearchParams({ q: search, filter, order, ...(after !== undefined && { after }) })}`

interface UsersPageProps {
  readonly c: AdminContext
  readonly query: PeopleQuery
  readonly found: FoundPeople
  /** The time of the request in seconds. */
  readonly now: number
}

const UsersPage = ({ c, query, found, now }: UsersPageProps) => {
  const t = useTranslation()
  return (
    <AdminLayout c={c} title={t('People')} section="/admin/people">
      <Done c={c} texts={DONE} />
      <search>
        <form class="filters" method="get" action="/admin/people">
          <div class="field">
            <label for="q">{t('Name or email')}</label>
            <input id="q" name="q" type="search" value={query.search} autocomplete="off" />
          </div>
          <Select name="filter" label={t('Filter')} options={FILTERS} chosen={query.filter} />
          <Select name="order" label={t('Order')} options={ORDERS} chosen={query.order} />
          <button class="button quiet" type="submit">
            {t('Show')}
          </button>
        </form>
      </search>
      {found.people.length === 0 ? (
        <p class="card">
          {found.next !== null
            ? t('No match in the first {count} {count:result|results}. Continue on the next page.', {
                count: MOST_LOOKED_AT,
              })
            : t(query.after === null ? 'No people found.' : 'No more people.')}
        </p>
      ) : (
        <UsersTable people={found.people} now={now} />
      )}
      <Pager
        start={query.after === null ? null : addressOf(query)}
        next={found.next === null ? null : addressOf(query, found.next)}
      />
    </AdminLayout>
  )
}

const UsersTable = ({ people, now }: { people: readonly ListedUser[]; now: number }) => {
  const t = useTranslation()
  return (
    <div class="card sheet">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{t('Person')}</th>
            <th scope="col">{t('Status')}</th>
            <th scope="col">{t('Member since')}</th>
            <th scope="col">{t('Last sign-in')}</th>
          </tr>
        </thead>
        <tbody>
          {people.map((user) => (
            <tr>
              <th scope="row">
                <a href={`/admin/people/${user.uuid}`}>{user.email}</a>
                <span class="muted small under">{nameOf(user)}</span>
              </th>
              <td data-label={t('Status')}>
                <Badges user={user} />
              </td>
              <td data-label={t('Member since')}>
                <Time at={user.createdAt} now={now} />
              </td>
              <td data-label={t('Last sign-in')}>
                {user.lastLoginAt === null ? t('Never') : <Time at={user.lastLoginAt} now={now} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** First and last name; `''` if there is neither. */
export const nameOf = ({ firstName, lastName }: ListedUser): string =>
  [firstName, lastName].filter(Boolean).join(' ')

/** What sets a user apart from most. */
export const Badges = ({ user }: { user: ListedUser }) => {
  const t = useTranslation()
  return (
    <>
      {user.isSuperuser && <span class="badge">{t('Superuser')}</span>}
      {user.isStaff && <span class="badge">{t('Staff')}</span>}
      {user.isActive ? (
        <span class="badge plain">{t('Active')}</span>
      ) : (
        <span class="badge danger">{t('Disabled')}</span>
      )}
      {user.emailVerifiedAt === null && <span class="badge plain">{t('Unconfirmed')}</span>}
      {user.deletionDueAt !== null && <span class="badge danger">{t('To be deleted')}</span>}
    </>
  )
}
