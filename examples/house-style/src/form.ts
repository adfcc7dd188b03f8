import type { Context } from 'hono'

export interface Form {
  /** The field's text, with line ends as `\n`, trimmed; `''` if it is missing or a file. */
  text(name: string): string
}

/** Reads a submitted form; an unreadable one has no fields. */
export async function readForm(c: Context): Promise<Form> {
  const fields = await c.req.parseBody().catch(() => ({}))
  return {
    text(name) {
      const value = (fields as Record<string, unknown>)[name]
      return typeof value === 'string' ? value.replace(/\r\n?/g, '\n').trim() : ''
    },
  }
}
