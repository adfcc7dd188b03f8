import { useTranslation } from '../../components/translate.tsx'
import { CHANGED, type Changed } from '../../forms/stale-form.ts'
import { changesInWords } from './audit-details.ts'

/** Shows what others changed after a page was opened. */
export const ChangedMeanwhile = ({ changed }: { readonly changed: Changed | undefined }) => {
  const t = useTranslation()
  return changed === undefined ? null : (
    <div class="alert" role="alert">
      <p>{t(CHANGED)}</p>
      <ul>
        {changesInWords(t, changed.before, changed.after).map((change) => (
          <li>{change}</li>
        ))}
      </ul>
      <p>{t('The current values are below. Check them, then save again if you still want to.')}</p>
    </div>
  )
}
