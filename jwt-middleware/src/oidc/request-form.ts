/** Longest form that is read, in bytes; a logout token has about one thousand. */
const LONGEST = 16_384

/**
 * A field of a form that a program sent. `body` is what the framework has: a stream of bytes, or an object that a body
 * parser before us has made. `null` if there is no such field, or it was given twice.
 */
export async function readFormField(body: unknown, name: string): Promise<string | null> {
  if (isBytes(body)) {
    const values = new URLSearchParams(await readText(body)).getAll(name)
    return values.length === 1 ? (values[0] as string) : null
  }
  const value = (body as Readonly<Record<string, unknown>> | null | undefined)?.[name]
  return typeof value === 'string' ? value : null
}

const isBytes = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

/** Nothing, if it is too long, or was read before. */
async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  try {
    for await (const chunk of body) {
      length += chunk.length
      if (length > LONGEST) return ''
      text += decoder.decode(chunk, { stream: true })
    }
  } catch {
    return ''
  }
  return text
}
