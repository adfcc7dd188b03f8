import { useLanguage, useTranslation } from './translate.tsx'

/** Seconds that are no time at all. */
const JUST_NOW = 120

interface TimeProps {
  /** Seconds since 1970. */
  readonly at: number
  /** The time of the request in seconds: given, what lies less than a day back is told from there. */
  readonly now?: number
}

/** A moment, for people and for programs. The script local-time.js writes it anew, unless it tells how long ago it was. */
export const Time = ({ at, now }: TimeProps) => {
  const t = useTranslation()
  const language = useLanguage()
  const passed = now === undefined ? null : now - at
  const ago = passed === null ? null : passed < JUST_NOW ? t('just now') : language.ago(passed)
  return (
    <time datetime={new Date(at * 1000).toISOString()} data-ago={ago === null ? undefined : ''}>
      {ago ?? language.moment(at)}
    </time>
  )
}
