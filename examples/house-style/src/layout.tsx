import type { AuthenticatedUser, User } from '@latchkey/jwt-middleware'
import type { PropsWithChildren } from 'hono/jsx'
import type { Assets } from './assets.ts'
import type { Link } from './house.tsx'
import { keptOut } from './kept-out.ts'
import { nameOf } from './name.ts'

interface LayoutProps {
  readonly product: string
  readonly title: string
  readonly wide: boolean
  readonly assets: Assets
  readonly links: readonly Link[]
  readonly user: User | undefined
  readonly signIn: string
  readonly signOut: string
  readonly account: string
}

/** The frame of every page. */
export const Layout = ({ children, ...frame }: PropsWithChildren<LayoutProps>) => {
  const { product, title, wide, assets, links, user } = frame
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title === product ? title : `${title} · ${product}`}</title>
        <link rel="icon" type="image/svg+xml" href={assets.icon} />
        <link rel="stylesheet" href={assets.style} />
      </head>
      <body>
        <header class="bar">
          <a class="brand" href="/">
            <img src={assets.icon} alt="" width="34" height="34" />
            {product}
          </a>
          {links.length > 0 && (
            <nav class="places" aria-label={product}>
              {links.map(({ href, label }) => (
                <a href={href}>{label}</a>
              ))}
            </nav>
          )}
          {user && (
            <nav aria-label="Account">
              {user.isAuthenticated && <Person user={user} account={frame.account} />}
              {user.isAuthenticated || keptOut(user) ? (
                <a class="button quiet small" href={frame.signOut}>
                  Sign out
                </a>
              ) : (
                <a class="button quiet small" href={frame.signIn}>
                  Sign in
                </a>
              )}
            </nav>
          )}
        </header>
        <main class={wide ? 'broad' : 'wide'}>{children}</main>
      </body>
    </html>
  )
}

const Person = ({ user, account }: { user: AuthenticatedUser; account: string }) => (
  <a class="person clamp" href={account} title={`Your account: ${user.email}`}>
    {nameOf(user) || user.email}
  </a>
)
