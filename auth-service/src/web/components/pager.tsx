import type { PropsWithChildren } from 'hono/jsx'
import { useTranslation } from './translate.tsx'

interface PagerProps {
  /** URL of the first page; `null` on that page. */
  readonly start: string | null
  /** URL of the next page; `null` on the last one. */
  readonly next: string | null
  /** The text of that link. Default: the next page. */
  readonly label?: string
}

/** Links between the pages of a list. */
export const Pager = ({ start, next, label, children }: PropsWithChildren<PagerProps>) => {
  const t = useTranslation()
  return (
    <nav class="pager" aria-label={t('Pages')}>
      {start !== null && <a href={start}>{t('Back to the start')}</a>}
      {children}
      {next !== null && <a href={next}>{label ?? t('Next page')}</a>}
    </nav>
  )
}

/** The URL of the page that begins after this key, `null` for none. */
export const pageAfter = (path: string, key: string | number | null): string | null =>
  key === null ? null : `${path}?${new URLSearchParams({ after: String(key) })}`
