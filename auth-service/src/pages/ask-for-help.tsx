import type { Context } from 'hono'
import { requestIdOf } from '../http/request-id.ts'

/** By what whoever is asked for help finds the request in the log; nothing where it has no id. */
export const AskForHelp = ({ c }: { readonly c: Context }) => {
  const id = requestIdOf(c)
  return id === '' ? null : (
    <p class="muted">
      If you ask for help, say: <code>{id}</code>
    </p>
  )
}
