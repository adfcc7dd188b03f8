import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Message, message } from '../../platform/i18n/message.ts'
import type { User } from '../../users/users.ts'
import type { ReturnUrl, ReturnUrls } from '../sign-in/return-url.ts'
import { PostForm } from './form.tsx'
import { Layout, page } from './layout.tsx'
import { useRichTranslation, useTranslation } from './translate.tsx'

interface OtherUser {
  /** The signed-in user. */
  readonly user: User
  /** The page's purpose and its user. */
  readonly about: Message
  /** The page to return to after signing out. */
  readonly next: ReturnUrl
}

interface Tools {
  readonly config: { readonly authUrl: string }
  readonly returnUrls: Pick<ReturnUrls, 'read'>
}

/**
 * Responds to a user's page opened in a browser where another user is signed in: names that user, and offers to sign
 * out first and return to `path`. Changes nothing before. The status is 409, unless the page was only opened.
 */
export const otherUserPage =
  ({ config, returnUrls }: Tools) =>
  (c: Context, status: ContentfulStatusCode, user: User, about: Message, path: string) => {
    const asked = { user, about, next: returnUrls.read(config.authUrl + path) }
    return page(c, status === 200 ? 200 : 409, <OtherUserPage {...asked} />)
  }

const TITLE = message('Another account is signed in')

const OtherUserPage = ({ user, about, next }: OtherUser) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <Layout title={t(TITLE)}>
      <div class="card">
        <h1>{t(TITLE)}</h1>
        <p>{rich('You are signed in as {email}.', { email: <strong>{user.email}</strong> })}</p>
        <p>{t(about)}</p>
        <PostForm action="/logout" next={next}>
          <button class="button full" type="submit">
            {t('Sign out and continue')}
          </button>
        </PostForm>
      </div>
      <p class="aside">
        <a href="/account">{t('Stay signed in as {email}', { email: user.email })}</a>
      </p>
    </Layout>
  )
}
