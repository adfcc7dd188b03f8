import type { Context } from 'hono'
import { requestIdOf } from '../middleware/request-log.ts'
import { useRichTranslation } from './translate.tsx'

/** The request id that leads to the log; nothing without an id. */
export const SupportNote = ({ c }: { readonly c: Context }) => {
  const rich = useRichTranslation()
  const id = requestIdOf(c)
  return id === '' ? null : (
    <p class="muted">{rich('If you ask for help, give this number: {id}', { id: <code>{id}</code> })}</p>
  )
}
