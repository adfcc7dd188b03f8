import { deviceInWords } from '../../../platform/client/device.ts'
import { describeLocation, type Locate } from '../../../platform/client/geoip.ts'
import type { ApiToken } from '../../../tokens/api-tokens/api-token.ts'
import { PostForm } from '../../components/form.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage, useRichTranslation, useTranslation } from '../../components/translate.tsx'

interface TokenRowsProps {
  readonly tokens: readonly ApiToken[]
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
  /** The path before `/:id/revoke`. */
  readonly action: string
  /** Whether they can be revoked from here. */
  readonly changeable: boolean
}

/** A list of API tokens, without their values. */
export const TokenRows = ({ tokens, now, locate, action, changeable }: TokenRowsProps) => {
  const t = useTranslation()
  const language = useLanguage()
  const creatorOf = ({ userAgent, address }: ApiToken['device']) => {
    if (userAgent === '' && address === '') return t('Created by an administrator')
    const values = {
      device: t(deviceInWords(userAgent)),
      place: describeLocation(address, locate, language.code),
    }
    return address === ''
      ? t('Created with {device}', values)
      : t('Created with {device} from {place}', values)
  }
  const rich = useRichTranslation()
  return (
    <ul class="rows">
      {tokens.map(({ id, name, start, apps, scopes, createdAt, expiresAt, device, lastUse }) => (
        <li>
          <div>
            <p>
              <strong>{name}</strong> <code class="muted small">{start}…</code>
            </p>
            <p class="small">
              {apps === null ? t('All apps') : apps.join(', ') || t('Only for apps that were removed')}
              {scopes.length > 0 && `: ${scopes.join(', ')}`}
            </p>
            <p class="muted small">
              {lastUse === null
                ? t('Never used')
                : rich(
                    lastUse.address
                      ? 'Last used {when} in {app} from {address}'
                      : 'Last used {when} in {app}',
                    { when: <Time at={lastUse.at} now={now} />, app: lastUse.app, address: lastUse.address },
                  )}
            </p>
            <p class="muted small">
              {rich(
                expiresAt === null
                  ? 'Created on {when}, never expires'
                  : 'Created on {when}, expires on {until}',
                { when: <Time at={createdAt} />, until: expiresAt === null ? '' : <Time at={expiresAt} /> },
              )}
            </p>
            <p class="muted small" title={device.userAgent}>
              {creatorOf(device)}
            </p>
          </div>
          {changeable && (
            <PostForm action={`${action}/${id}/revoke`} inList>
              <button class="button quiet small" type="submit" aria-label={t('Revoke {name}', { name })}>
                {t('Revoke')}
              </button>
            </PostForm>
          )}
        </li>
      ))}
    </ul>
  )
}
