import type { Context } from 'hono'
import { requestIdOf } from '../middleware/request-id.ts'
import { useRichTranslation } from './translate.tsx'

/** By what whoever is asked for help finds the request in the log; nothing where it has no id. */
export const SupportNote = ({ c }: { readonly c: Context }) => {
  const rich = useRichTranslation()
  const id = requestIdOf(c)
  return id === '' ? null : (
    <p class="muted">{rich('If you ask for help, say: {id}', { id: <code>{id}</code> })}</p>
  )
}
