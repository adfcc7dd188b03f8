import type { PropsWithChildren } from 'hono/jsx'
import { Layout } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import type { AdminContext } from '../../middleware/require-staff.ts'
import { SECTIONS, type SectionPath } from './sections.ts'

interface AdminLayoutProps {
  readonly c: AdminContext
  /** Of the page; also its main heading. */
  readonly title: string
  readonly section: SectionPath
}

/** The layout of every page of the administration: the user, the navigation, the heading. */
export const AdminLayout = ({ c, title, section, children }: PropsWithChildren<AdminLayoutProps>) => {
  const t = useTranslation()
  return (
    <Layout
      title={t('{title} · Administration', { title })}
      wide="full"
      nav={<Who email={c.var.account.user.email} />}
    >
      <nav class="tabs" aria-label={t('Administration')}>
        {SECTIONS.map(({ path, label }) => (
          <a href={path} aria-current={path === section ? 'page' : undefined}>
            {t(label)}
          </a>
        ))}
      </nav>
      <h1>{title}</h1>
      {children}
    </Layout>
  )
}

const Who = ({ email }: { email: string }) => {
  const t = useTranslation()
  return (
    <nav aria-label={t('Account')}>
      <a href="/account">{email}</a>
      <a class="button quiet small" href="/logout">
        {t('Sign out')}
      </a>
    </nav>
  )
}

interface DoneProps {
  readonly c: AdminContext
  /** The notices, by the query's `done`. */
  readonly texts: Readonly<Record<string, string>>
}

/** The notice of the last step; unknown values are ignored. */
export const Done = ({ c, texts }: DoneProps) => {
  const t = useTranslation()
  const done = c.req.query('done') ?? ''
  const text = Object.hasOwn(texts, done) ? texts[done] : undefined
  return text === undefined ? null : (
    <p class="notice" role="status">
      {t(text)}
    </p>
  )
}

/** Says that the user may only read. */
export const ReadOnly = () => {
  const t = useTranslation()
  return (
    <p class="muted">{t('You are staff. You can view these pages; only superusers can change anything.')}</p>
  )
}
