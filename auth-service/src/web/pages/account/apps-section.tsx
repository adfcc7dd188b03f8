import type { RegisteredApp } from '../../../apps/apps.ts'
import { startPath } from '../../../saml/saml-routes.ts'
import { useTranslation } from '../../components/translate.tsx'

/** The apps of the family as tiles with links. */
export const AppsSection = ({ apps }: { apps: readonly RegisteredApp[] }) => {
  const t = useTranslation()
  return apps.length === 0 ? null : (
    <section class="card" aria-labelledby="apps">
      <h2 id="apps">{t('Your apps')}</h2>
      <ul class="tiles">
        {apps.map(({ id, name, icon, startUrl, saml }) => (
          <li>
            <a class="tile" href={saml?.startsHere ? startPath(id) : startUrl}>
              <span class="tile-icon" aria-hidden="true">
                {icon}
              </span>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
