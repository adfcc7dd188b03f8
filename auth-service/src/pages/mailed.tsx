import type { PropsWithChildren } from 'hono/jsx'
import { Layout } from './layout.tsx'

/** What people see while a mail is on its way to them; the page is the same whether there is one or not. */
export const Mailed = ({ children }: PropsWithChildren) => (
  <Layout title="Look into your mailbox">
    <div class="card">
      <h1>Look into your mailbox</h1>
      {children}
    </div>
  </Layout>
)
