import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Invitation, InvitationResult } from '../../../accounts/invitations.ts'
import { unixTime } from '../../../platform/clock.ts'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import { message } from '../../../platform/i18n/message.ts'
import type { Service } from '../../../service.ts'
import { refuse } from '../../components/error-page.tsx'
import { Checkbox, Field, FormError, PostForm } from '../../components/form.tsx'
import { page } from '../../components/layout.tsx'
import { Pager, pageAfter } from '../../components/pager.tsx'
import { Time } from '../../components/time.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import { createFlash } from '../../forms/flash.ts'
import type { Problems, WithErrors } from '../../forms/form-page.ts'
import { type Submission, textOf, tickOf } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf, mayWrite } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { ID, idIn } from './path-id.ts'

const DONE = {
  invited: message('Invited. The email is on its way.'),
  resent: message('A new email is on its way. The link in the previous one no longer works.'),
  revoked: message('Withdrawn. The link no longer works.'),
}

/** How long the page shows a new link, in seconds. */
const LINK_SHOWN = 60

/** `/admin/invitations`: lists and creates invitations. */
export function invitationsPage({ config, formPage, invitations, now }: Web): Hono<AdminEnv> {
  const newLink = createFlash(config, '/admin/invitations')

  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    fields: Submission['fields'],
    { errors }: Problems = {},
    link: string | null = null,
  ) {
    const { after, ...found } = await listed(c)
    const { registration } = config
    const settings = { registration, mails: sendsMail(config) }
    const content = {
      c,
      now: unixTime(now),
      ...settings,
      isFirst: after === null,
      ...found,
      fields,
      errors,
      link,
    }
    return page(c, status, <InvitationsPage {...content} />)
  }

  async function listed(c: AdminContext) {
    const given = c.req.query('after') ?? ''
    const after = /^[0-9]{1,9}$/.test(given) ? Number(given) : null
    return { after, ...(await invitations.list(after)) }
  }

  const onSubmit = formPage({
    values: (_: AdminContext, fields) => fields,
    address: () => '/admin/invitations',
    show,
  })

  function outcomeOf(c: AdminContext, json: boolean, result: InvitationResult, done: 'invited' | 'resent') {
    if (!result.ok) return { errors: result.errors }
    const { invitation, link } = result
    if (link !== null && !json) newLink.set(c, link, LINK_SHOWN)
    return {
      to: `/admin/invitations?done=${link === null ? done : 'link'}`,
      body: { ...invitationJson(invitation, unixTime(now)), link },
      status: done === 'invited' ? 201 : 200,
    } as const
  }

  return new Hono<AdminEnv>()
    .get('/admin/invitations', async (c) => {
      if (!wantsJson(c)) return show(c, 200, {}, {}, c.req.query('done') === 'link' ? newLink.of(c) : null)
      const { rows, next } = await listed(c)
      return c.json({ invitations: rows.map((one) => invitationJson(one, unixTime(now))), next })
    })
    .post(
      '/admin/invitations',
      onSubmit(async (c, { fields, json }) => {
        const input = { email: fields.email, is_staff: tickOf(c, fields, 'is_staff') }
        return outcomeOf(c, json, await invitations.invite(input, actorOf(c)), 'invited')
      }),
    )
    .post(
      `/admin/invitations/${ID}/resend`,
      onSubmit(async (c, { json }) => {
        const result = await invitations.resend(idIn(c), actorOf(c))
        return result ? outcomeOf(c, json, result, 'resent') : refuse(c, 'not_found')
      }),
    )
    .post(
      `/admin/invitations/${ID}/revoke`,
      onSubmit(async (c) => {
        const revoked = await invitations.revoke(idIn(c), actorOf(c))
        return revoked ? { to: '/admin/invitations?done=revoked' } : refuse(c, 'not_found')
      }),
    )
}

const stateOf = ({ acceptedAt, expiresAt }: Invitation, now: number) => {
  if (acceptedAt !== null) return 'accepted'
  return expiresAt > now ? 'open' : 'expired'
}

const invitationJson = (invitation: Invitation, now: number) => ({
  id: invitation.id,
  email: invitation.email,
  is_staff: invitation.isStaff,
  state: stateOf(invitation, now),
  invited_by: invitation.invitedBy,
  created_at: invitation.createdAt,
  expires_at: invitation.expiresAt,
  accepted_at: invitation.acceptedAt,
  accepted_by: invitation.acceptedBy,
})

interface InvitationsPageProps extends WithErrors {
  readonly c: AdminContext
  /** The time of the request in seconds. */
  readonly now: number
  readonly registration: Service['config']['registration']
  /** Whether invitations can be emailed. */
  readonly mails: boolean
  readonly rows: readonly Invitation[]
  readonly next: number | null
  readonly isFirst: boolean
  /** The earlier input. */
  readonly fields: Submission['fields']
  /** A new link. */
  readonly link: string | null
}

const REGISTRATION = {
  open: message('Registration is open to everyone. Invited people don’t need to confirm their address.'),
  invite: message('Registration is by invitation only.'),
  closed: message('Registration is closed. Only people you invite here can create an account.'),
}

const InvitationsPage = ({
  c,
  now,
  registration,
  mails,
  rows,
  next,
  isFirst,
  fields,
  errors = {},
  link,
}: InvitationsPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <AdminLayout c={c} title={t('Invitations')} section="/admin/invitations">
      <Done c={c} texts={DONE} />
      {link && (
        <p class="notice" role="status">
          {rich(
            'The first person to open this link can register. It works for seven days. Copy it now: {link}',
            { link: <strong class="letter">{link}</strong> },
          )}
        </p>
      )}
      <p class="muted">{t(REGISTRATION[registration])}</p>
      <FormError words={errors.form} />
      {mayWrite(c) ? (
        <section class="card" aria-labelledby="new">
          <h2 id="new">{t('Invite a person')}</h2>
          <PostForm action="/admin/invitations">
            {mails ? (
              <Field
                name="email"
                label={t('Email')}
                type="email"
                autocomplete="off"
                hint={t('Leave this empty to get a link that you pass on yourself.')}
                value={textOf(fields, 'email')}
                error={errors.email}
                optional
              />
            ) : (
              <p class="muted">
                {t(
                  'This service sends no email: you get a link that you pass on yourself. Set SMTP_URL to send invitations by email.',
                )}
              </p>
            )}
            <Checkbox
              name="is_staff"
              label={t('As staff')}
              hint={t('Staff can view the administration.')}
              checked={fields.is_staff !== undefined}
            />
            <button class="button" type="submit">
              {t('Invite')}
            </button>
          </PostForm>
        </section>
      ) : (
        <ReadOnly />
      )}
      {rows.length === 0 ? (
        <p class="card">{t(isFirst ? 'No invitations yet.' : 'No older invitations.')}</p>
      ) : (
        <section class="card" aria-label={t('All invitations')}>
          <ul class="rows">
            {rows.map((invitation) => (
              <Row {...{ invitation, now, mails }} changeable={mayWrite(c)} />
            ))}
          </ul>
        </section>
      )}
      <Pager start={isFirst ? null : '/admin/invitations'} next={pageAfter('/admin/invitations', next)} />
    </AdminLayout>
  )
}

interface RowProps {
  readonly invitation: Invitation
  readonly now: number
  readonly mails: boolean
  readonly changeable: boolean
}

const Row = ({ invitation, now, mails, changeable }: RowProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const { id, email, isStaff, createdAt, expiresAt, acceptedAt, acceptedBy } = invitation
  const state = stateOf(invitation, now)
  const whose = email ?? t('Open link')
  return (
    <li>
      <div>
        <p>
          {acceptedBy ? <a href={`/admin/people/${acceptedBy}`}>{whose}</a> : <strong>{whose}</strong>}{' '}
          {isStaff && <span class="badge">{t('Staff')}</span>}{' '}
          {state === 'expired' && <span class="badge danger">{t('Expired')}</span>}
          {state === 'accepted' && <span class="badge plain">{t('Accepted')}</span>}
        </p>
        <p class="muted small">
          {rich(
            acceptedAt === null ? 'Invited {when}, valid until {until}' : 'Invited {when}, accepted {until}',
            {
              when: <Time at={createdAt} now={now} />,
              until: <Time at={acceptedAt ?? expiresAt} />,
            },
          )}
        </p>
      </div>
      {changeable && state !== 'accepted' && (
        <div class="spread">
          {(mails || !email) && (
            <PostForm action={`/admin/invitations/${id}/resend`} inList>
              <button
                class="button quiet small"
                type="submit"
                aria-label={t(email ? 'Send again: {whose}' : 'New link: {whose}', { whose })}
              >
                {t(email ? 'Send again' : 'New link')}
              </button>
            </PostForm>
          )}
          <PostForm action={`/admin/invitations/${id}/revoke`} inList>
            <button class="button quiet small" type="submit" aria-label={t('Withdraw: {whose}', { whose })}>
              {t('Withdraw')}
            </button>
          </PostForm>
        </div>
      )}
    </li>
  )
}
