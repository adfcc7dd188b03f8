import '@latchkey/auth-service/theme.css'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { accountUrl, getUser, signInUrl } from '../auth'
import { nameOf } from '../lib/name'

export const metadata = { title: 'Notes' }

export default async function Layout({ children }: { readonly children: ReactNode }) {
  const user = await getUser()
  return (
    <html lang="en">
      <body>
        <header className="bar">
          <Link className="brand" href="/">
            Start
          </Link>
          <nav aria-label="Notes">
            <Link href="/notes">Notes</Link>
            {user.isStaff && <Link href="/staff">Staff</Link>}
          </nav>
          <nav aria-label="Account">
            {user.isAuthenticated ? (
              <>
                <a className="person" href={await accountUrl()}>
                  {nameOf(user)}
                </a>
                <form method="post" action="/sign-out">
                  <button type="submit" className="button quiet small">
                    Sign out
                  </button>
                </form>
              </>
            ) : (
              <a className="button quiet small" href={await signInUrl()}>
                Sign in
              </a>
            )}
          </nav>
        </header>
        <main className="wide">{children}</main>
      </body>
    </html>
  )
}
