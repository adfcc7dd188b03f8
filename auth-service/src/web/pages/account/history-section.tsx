import { type AuditEvent, type AuditRecord, REUSE_NEWS } from '../../../events/audit-log.ts'
import { deviceInWords } from '../../../platform/client/device.ts'
import { describeLocation, type Locate } from '../../../platform/client/geoip.ts'
import { Alert } from '../../components/form.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage, useRichTranslation, useTranslation } from '../../components/translate.tsx'
import { eventInWords } from './event-words.ts'

interface HistoryProps {
  readonly history: readonly AuditRecord[]
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
}

/** A warning at the top of the page after recent token reuse. */
export const TokenReuseAlert = ({ history, now }: Pick<HistoryProps, 'history' | 'now'>) => {
  const rich = useRichTranslation()
  return history.some(({ event, at }) => event === 'refresh_token_reused' && now - at < REUSE_NEWS) ? (
    <Alert>
      {rich(
        'Someone used an old copy of one of your sessions, so we ended that session. See <a>Security</a> below, and sign out any device you don’t recognise.',
        { a: (words) => <a href="#security">{words}</a> },
      )}
    </Alert>
  ) : null
}

/** Recent events of the account. */
export const HistorySection = ({ history, now, locate }: HistoryProps) => {
  const t = useTranslation()
  return (
    <section class="card" aria-labelledby="security">
      <div class="heading">
        <h2 id="security">{t('Security')}</h2>
        <p class="muted">{t('Recent activity in your account.')}</p>
      </div>
      <Lines lines={shownOf(linesOf(history))} now={now} locate={locate} />
      <p>
        <a href="/account/history">{t('All activity')}</a>
      </p>
    </section>
  )
}

/** All of these events, one line each. */
export const HistoryList = ({ history, ...props }: HistoryProps) => (
  <Lines lines={history.map((record) => ({ last: record, all: [record] }))} {...props} />
)

/** Consecutive failures of one kind, or one other event. */
interface Line {
  readonly last: AuditRecord
  readonly all: readonly AuditRecord[]
}

/** Events that strangers can cause at will. */
const FAILURES: ReadonlySet<AuditEvent> = new Set(['sign_in_failed', 'password_refused'])
const SHOWN = 10

function linesOf(history: readonly AuditRecord[]): Line[] {
  const lines: Line[] = []
  for (const record of history) {
    const above = lines.at(-1)
    if (
      above &&
      FAILURES.has(record.event) &&
      String(eventInWords(above.last)) === String(eventInWords(record))
    ) {
      lines[lines.length - 1] = { last: above.last, all: [...above.all, record] }
    } else lines.push({ last: record, all: [record] })
  }
  return lines
}

/** The latest, and all token reuse. */
const shownOf = (lines: readonly Line[]): Line[] =>
  lines.filter((line, at) => at < SHOWN || isTokenReuse(line.last))

const isTokenReuse = ({ event }: AuditRecord): boolean => event === 'refresh_token_reused'

const Lines = ({ lines, ...props }: Omit<HistoryProps, 'history'> & { lines: readonly Line[] }) => (
  <ul class="rows">
    {lines.map((line) => (
      <HistoryRow line={line} {...props} />
    ))}
  </ul>
)

interface HistoryRowProps extends Omit<HistoryProps, 'history'> {
  readonly line: Line
}

const HistoryRow = ({ line: { last, all }, now, locate }: HistoryRowProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  const device = deviceOfAll(all)
  const from = device && describeLocation(device.address, locate, useLanguage().code)
  const what = t(eventInWords(last))
  const count = all.length
  const first = all.at(-1)?.at ?? last.at
  return (
    <li>
      <div>
        <p>
          <strong>{count === 1 ? what : t('{what}, {count} {count:time|times}', { what, count })}</strong>{' '}
          {isTokenReuse(last) && <span class="badge danger">{t('Warning')}</span>}
        </p>
        <p class="muted small">
          {count === 1 ? (
            <Time at={last.at} now={now} />
          ) : (
            rich('{first} to {last}', { first: <Time at={first} />, last: <Time at={last.at} now={now} /> })
          )}
          {device && ` · ${t(deviceInWords(device.userAgent))}`}
          {from && ` · ${from}`}
        </p>
      </div>
    </li>
  )
}

/** The device of all of these, if it is the same. */
function deviceOfAll(records: readonly AuditRecord[]): Affected | null {
  const devices = records.map(affected)
  const [one = null] = devices
  const isSame = (other: Affected | null) =>
    other?.userAgent === one?.userAgent && other?.address === one?.address
  return devices.every(isSame) ? one : null
}

interface Affected {
  readonly userAgent: string
  readonly address: string
}

/**
 * The affected device, or the acting one if none is affected. For token reuse, too: the old copy may come through an
 * app, whose address would not help.
 */
function affected({ device, details }: AuditRecord): Affected | null {
  const session = details.session as { user_agent: string; address: string } | undefined
  if (session) return { userAgent: session.user_agent, address: session.address }
  return device.userAgent === '' && device.address === '' ? null : device
}
