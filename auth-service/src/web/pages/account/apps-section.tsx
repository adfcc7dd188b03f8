import type { App } from '../../../apps/apps.ts'
import { useTranslation } from '../../components/translate.tsx'

/** The apps of the family as tiles with links. */
export const AppsSection = ({ apps }: { apps: readonly App[] }) => {
  const t = useTranslation()
  return apps.length === 0 ? null : (
    <section class="card" aria-labelledby="apps">
      <h2 id="apps">{t('Your apps')}</h2>
      <ul class="tiles">
        {apps.map(({ name, icon, startUrl }) => (
          <li>
            <a class="tile" href={startUrl}>
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
