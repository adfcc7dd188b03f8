import type { Locate } from '../../../platform/client/geoip.ts'
import type { ApiToken } from '../../../tokens/api-tokens/api-token.ts'
import type { User } from '../../../users/users.ts'
import { PostForm } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { TokenRows } from '../account/token-rows.tsx'

interface UserTokensCardProps {
  readonly user: User
  readonly tokens: readonly ApiToken[]
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
  /** Whether they can be revoked from here. */
  readonly changeable: boolean
}

/** The user's API tokens, never their values. */
export const UserTokensCard = ({ user, tokens, now, locate, changeable }: UserTokensCardProps) => {
  const t = useTranslation()
  const action = `/admin/people/${user.uuid}/tokens`
  return (
    <section class="card" aria-labelledby="tokens">
      <h2 id="tokens">{t('API tokens')}</h2>
      <TokenRows {...{ tokens, now, locate, action, changeable }} />
      {changeable && tokens.length > 1 && (
        <PostForm action={`${action}/revoke-all`}>
          <button class="button quiet" type="submit">
            {t('Revoke all')}
          </button>
        </PostForm>
      )}
    </section>
  )
}
