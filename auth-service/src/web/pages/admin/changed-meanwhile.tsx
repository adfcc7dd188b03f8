import { problemResponse } from '@latchkey/jwt-middleware'
import { message } from '../../../platform/i18n/message.ts'
import { useTranslation } from '../../components/translate.tsx'
import type { Changed } from '../../forms/stale-form.ts'
import { changesInWords } from './audit-entries.tsx'

const TITLE = message('Changed meanwhile')
const DETAIL = message('Somebody else changed this after the page was opened. Nothing was saved.')

/** Says what others changed after a page was opened. */
export const ChangedMeanwhile = ({ changed }: { readonly changed: Changed | undefined }) => {
  const t = useTranslation()
  return changed === undefined ? null : (
    <div class="alert" role="alert">
      <p>{t(DETAIL)}</p>
      <ul>
        {changesInWords(t, changed.before, changed.after).map((change) => (
          <li>{change}</li>
        ))}
      </ul>
      <p>{t('Below is how it is now. Check it, then save again if you still want to.')}</p>
    </div>
  )
}

/** The same for programs, with the values as they are now. */
export const changedProblem = ({ after }: Changed): Response =>
  problemResponse({ status: 409, title: TITLE, detail: DETAIL, now: after })
