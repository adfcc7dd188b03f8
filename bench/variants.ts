/** The authentication of a page. */
export type Variant =
  | 'nothing'
  | 'headers by hand'
  | 'empty async middleware'
  | 'Latchkey'
  | 'Latchkey and a guard'
  | 'jose on every request'
  | 'hono/jwt'

/** `bare`: 2 KB in Hono. `notes`: the notes app's page, with everything the app mounts. `express`: 2 KB in Express. */
export type PageKind = 'bare' | 'notes' | 'express'

/** The text of the page of 2 KB. */
export const paragraphs = `<!doctype html><title>Notes</title><p>${'All the notes there are. '.repeat(80)}</p>`
