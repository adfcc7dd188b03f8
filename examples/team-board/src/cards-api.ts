import { problemResponse } from '@latchkey/jwt-middleware/contract'
import { tokenRequired } from '@latchkey/jwt-middleware/hono'
import { type Context, Hono } from 'hono'
import { type Board, MAX_TITLE } from './board.ts'

/** The cards for programs with an API token, of a person or of another app. */
export const cardsApi = (board: Board, onChange: () => void): Hono =>
  new Hono()
    .get('/', tokenRequired({ scopes: ['cards.read'] }), (c) => c.json(board.columns()))
    .post(
      '/',
      tokenRequired({ scopes: ['cards.write'] }, async (c) => {
        const { caller } = c.var
        const title = await readTitle(c)
        if (title === null) {
          const detail = `Send a JSON object with a title of 1 to ${MAX_TITLE} characters.`
          return problemResponse({ status: 422, title: 'Not a card', detail })
        }
        board.add(caller.isService ? null : caller.id, title)
        onChange()
        return c.json({ title }, 201)
      }),
    )

async function readTitle(c: Context): Promise<string | null> {
  const body: unknown = await c.req.json().catch(() => null)
  const title = (body as { title?: unknown } | null)?.title
  const isTitle = typeof title === 'string' && title.trim() !== '' && title.length <= MAX_TITLE
  return isTitle ? title.trim() : null
}
