import type { Context } from 'hono'
import { message } from '../../platform/i18n/message.ts'
import { wantsJson } from '../forms/body.ts'
import { problem } from '../problems.ts'
import { Layout, page } from './layout.tsx'
import { SupportNote } from './support-note.tsx'
import { useRichTranslation, useTranslation } from './translate.tsx'

const TITLE = message('Link expired')
const DETAIL = message('It was already used, it is too old, or your account has changed since we sent it.')

/** Responds to an invalid emailed link; `remedy` says how to get another, with a link `<a>` to `href`. */
export function expiredLink(c: Context, remedy: string, href: string) {
  if (wantsJson(c)) return problem('expired_link', { title: TITLE, detail: DETAIL })
  return page(c, 404, <ExpiredLinkPage c={c} remedy={remedy} href={href} />)
}

interface ExpiredLinkPageProps {
  readonly c: Context
  readonly remedy: string
  readonly href: string
}

const ExpiredLinkPage = ({ c, remedy, href }: ExpiredLinkPageProps) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t(TITLE)}>
      <div class="card">
        <h1>{t(TITLE)}</h1>
        <p>{t(DETAIL)}</p>
        <p>{rich(remedy, { a: (words) => <a href={href}>{words}</a> })}</p>
        <SupportNote c={c} />
      </div>
    </Layout>
  )
}

/** The token of an emailed link; ignored if given twice. */
export function tokenOf(c: Context): string | undefined {
  const given = c.req.queries('token') ?? []
  return given.length === 1 ? given[0] : undefined
}
