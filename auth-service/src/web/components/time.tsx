import { useLanguage, useTranslation } from './translate.tsx'

/** Seconds that count as just now. */
const JUST_NOW = 120

interface TimeProps {
  /** Seconds since 1970. */
  readonly at: number
  /** The request's time in seconds: if given, times within a day are shown relative to it. */
  readonly now?: number
}

/** A time for users and programs. The script local-time.js replaces the text, unless it is relative. */
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
