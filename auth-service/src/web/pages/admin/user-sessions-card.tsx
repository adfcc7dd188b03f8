import { describeLocation, type Locate } from '../../../platform/client/geoip.ts'
import type { PageOf } from '../../../platform/database/pagination.ts'
import type { Session } from '../../../tokens/sessions/sessions.ts'
import type { User } from '../../../users/users.ts'
import { PostForm } from '../../components/form.tsx'
import type { SessionName } from '../../components/session-name.ts'
import { Time } from '../../components/time.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'

interface UserSessionsCardProps {
  readonly user: User
  readonly sessions: PageOf<Session>
  readonly nameOf: SessionName
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
  /** Whether they can be ended from here. */
  readonly changeable: boolean
}

/** The user's sessions. */
export const UserSessionsCard = ({
  user,
  sessions: found,
  now,
  locate,
  changeable,
  nameOf,
}: UserSessionsCardProps) => {
  const { rows: sessions, next } = found
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <section class="card" aria-labelledby="sessions">
      <h2 id="sessions">{t('Sessions')}</h2>
      {sessions.length === 0 ? (
        <p class="muted">{t('Not signed in anywhere.')}</p>
      ) : (
        <ul class="rows">
          {sessions.map((session) => (
            <li>
              <div>
                <p>
                  <strong>{t(nameOf(session))}</strong>
                </p>
                <p class="muted small">
                  {rich('Last used {when}', { when: <Time at={session.lastUsedAt} now={now} /> })}
                </p>
                <p class="muted small">
                  {rich(session.address ? 'Since {when} from {where}' : 'Since {when}', {
                    when: <Time at={session.createdAt} now={now} />,
                    where: describeLocation(session.address, locate),
                  })}
                </p>
              </div>
              {changeable && (
                <PostForm action={`/admin/people/${user.uuid}/sessions/${session.id}/end`}>
                  <button
                    class="button quiet small"
                    type="submit"
                    aria-label={t('End {device}', { device: t(nameOf(session)) })}
                  >
                    {t('End')}
                  </button>
                </PostForm>
              )}
            </li>
          ))}
        </ul>
      )}
      {next !== null && (
        <p>
          <a href={`/admin/people/${user.uuid}?${new URLSearchParams({ sessions_after: next })}#sessions`}>
            {t('More devices')}
          </a>
        </p>
      )}
      {changeable && sessions.length > 0 && (
        <PostForm action={`/admin/people/${user.uuid}/sessions/end-all`}>
          <button class="button quiet" type="submit">
            {t('End all sessions')}
          </button>
        </PostForm>
      )}
    </section>
  )
}
