import { describeLocation, type Locate } from '../../../platform/client/geoip.ts'
import type { Message } from '../../../platform/i18n/message.ts'
import type { Session } from '../../../tokens/sessions/sessions.ts'
import { PostForm } from '../../components/form.tsx'
import type { SessionName } from '../../components/session-name.ts'
import { Time } from '../../components/time.tsx'
import { useLanguage, useRichTranslation, useTranslation } from '../../components/translate.tsx'

interface SessionsSectionProps {
  /** At most one page of them. */
  readonly sessions: readonly Session[]
  /** The start of the next page, `null` if this is the last. */
  readonly next: string | null
  /** Id of the current session. */
  readonly current: string
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
  readonly nameOf: SessionName
}

/** The given sessions in order, with buttons to sign out. */
export const SessionsSection = ({ next, ...rows }: SessionsSectionProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="sessions">
      <div class="heading">
        <h2 id="sessions">{t('Where you are signed in')}</h2>
        <p class="muted">{t('Sign out any device you don’t recognise.')}</p>
      </div>
      <SessionRows {...rows} />
      {next !== null && (
        <p>
          <a href={`/account/sessions?${new URLSearchParams({ after: next })}`}>{t('More devices')}</a>
        </p>
      )}
      {rows.sessions.length > 1 && (
        <div class="spread">
          <PostForm action="/account/sessions/end-others">
            <button class="button quiet" type="submit">
              {t('Sign out all other devices')}
            </button>
          </PostForm>
          <PostForm action="/account/sessions/end-all">
            <button class="button quiet" type="submit">
              {t('Sign out everywhere')}
            </button>
          </PostForm>
        </div>
      )}
    </section>
  )
}

/** The rows of a list of sessions. */
export const SessionRows = ({
  sessions,
  current,
  now,
  locate,
  nameOf,
}: Omit<SessionsSectionProps, 'next'>) => {
  const language = useLanguage()
  return (
    <ul class="rows">
      {sessions.map((session) => (
        <SessionRow
          session={session}
          name={nameOf(session)}
          from={describeLocation(session.address, locate, language.code)}
          isCurrent={session.id === current}
          now={now}
        />
      ))}
    </ul>
  )
}

interface SessionRowProps {
  readonly session: Session
  readonly name: Message
  /** Location and address of the sign-in. */
  readonly from: string
  readonly isCurrent: boolean
  readonly now: number
}

const SessionRow = ({ session, name: device, from, isCurrent, now }: SessionRowProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const name = t(device)
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong> {isCurrent && <span class="badge">{t('This device')}</span>}
        </p>
        <p class="muted small">
          {rich('Last used {when}', { when: <Time at={session.lastUsedAt} now={now} /> })}
        </p>
        <p class="muted small">
          {rich(from ? 'Signed in on {when} from {place}' : 'Signed in on {when}', {
            when: <Time at={session.createdAt} />,
            place: from,
          })}
        </p>
        <p class="muted small clamp" title={session.userAgent}>
          {session.userAgent}
        </p>
      </div>
      {!isCurrent && (
        <PostForm action={`/account/sessions/${encodeURIComponent(session.id)}/end`}>
          <button
            class="button quiet small"
            type="submit"
            aria-label={t('Sign out {device}', { device: name })}
          >
            {t('Sign out')}
          </button>
        </PostForm>
      )}
    </li>
  )
}
