import type { PropsWithChildren } from 'hono/jsx'
import type { AdminContext } from '../../http/live-admin.ts'
import { Layout } from '../layout.tsx'
import { SECTIONS, type SectionPath } from './sections.ts'

interface AdminFrameProps {
  readonly c: AdminContext
  /** Of the page; also its first heading. */
  readonly title: string
  readonly section: SectionPath
}

/** The frame of every page of the administration: who is signed in, the way around, the page's heading. */
export const AdminFrame = ({ c, title, section, children }: PropsWithChildren<AdminFrameProps>) => (
  <Layout title={`${title} · Administration`} wide="full" nav={<Who email={c.var.account.person.email} />}>
    <nav class="tabs" aria-label="Administration">
      {SECTIONS.map(({ path, label }) => (
        <a href={path} aria-current={path === section ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
    <h1>{title}</h1>
    {children}
  </Layout>
)

const Who = ({ email }: { email: string }) => (
  <nav aria-label="Account">
    <a href="/account">{email}</a>
    <a class="button quiet small" href="/logout">
      Sign out
    </a>
  </nav>
)

interface DoneProps {
  readonly c: AdminContext
  /** What there is to tell, by the query's `done`. */
  readonly texts: Readonly<Record<string, string>>
}

/** What the last step has done, where a page says so; unknown words are passed over. */
export const Done = ({ c, texts }: DoneProps) => {
  const done = c.req.query('done') ?? ''
  return Object.hasOwn(texts, done) ? (
    <p class="notice" role="status">
      {texts[done]}
    </p>
  ) : null
}

/** Says so where somebody may look and not touch. */
export const ReadOnly = () => (
  <p class="muted">You are staff: you may look at this. Superusers may change it.</p>
)
