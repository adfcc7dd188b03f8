import { deviceName } from '../../device.ts'
import { type PlaceOf, whereabouts } from '../../places.ts'
import type { Session } from '../../sessions.ts'
import { PostForm } from '../form.tsx'
import { When } from '../when.tsx'

interface SessionListProps {
  readonly sessions: readonly Session[]
  /** Id of the session that this page is shown to. */
  readonly current: string
  readonly csrf: string
  /** The time of the request in seconds. */
  readonly now: number
  readonly placeOf: PlaceOf
}

/** Where somebody is signed in, this device first, and how to sign out there. */
export const SessionList = ({ sessions, current, csrf, now, placeOf }: SessionListProps) => (
  <section class="card" aria-labelledby="sessions">
    <div class="heading">
      <h2 id="sessions">Where you are signed in</h2>
      <p class="muted">Sign out whatever you don’t recognise.</p>
    </div>
    <ul class="rows">
      {currentFirst(sessions, current).map((session) => (
        <SessionRow
          session={session}
          from={whereabouts(session.address, placeOf)}
          isCurrent={session.id === current}
          csrf={csrf}
          now={now}
        />
      ))}
    </ul>
    {sessions.length > 1 && (
      <div class="spread">
        <PostForm action="/account/sessions/end-others" csrf={csrf}>
          <button class="button quiet" type="submit">
            Sign out all other devices
          </button>
        </PostForm>
        <PostForm action="/account/sessions/end-all" csrf={csrf}>
          <button class="button quiet" type="submit">
            Sign out everywhere
          </button>
        </PostForm>
      </div>
    )}
  </section>
)

const currentFirst = (sessions: readonly Session[], current: string): Session[] =>
  [...sessions].sort((a, b) => Number(b.id === current) - Number(a.id === current))

interface SessionRowProps {
  readonly session: Session
  /** Place and address of the sign-in. */
  readonly from: string
  readonly isCurrent: boolean
  readonly csrf: string
  readonly now: number
}

const SessionRow = ({ session, from, isCurrent, csrf, now }: SessionRowProps) => {
  const name = deviceName(session.userAgent)
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong> {isCurrent && <span class="badge">This device</span>}
        </p>
        <p class="muted small">
          Last used <When at={session.lastUsedAt} now={now} />
        </p>
        <p class="muted small">
          Signed in on <When at={session.createdAt} />
          {from && ` from ${from}`}
        </p>
        <p class="muted small clamp" title={session.userAgent}>
          {session.userAgent}
        </p>
      </div>
      {!isCurrent && (
        <PostForm action={`/account/sessions/${encodeURIComponent(session.id)}/end`} csrf={csrf}>
          <button class="button quiet small" type="submit" aria-label={`Sign out ${name}`}>
            Sign out
          </button>
        </PostForm>
      )}
    </li>
  )
}
