import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { accepts } from 'hono/accepts'
import { bodyLimit } from 'hono/body-limit'

const JSON_TYPES = ['application/json', 'application/problem+json']

/** The media type in lower case and without parameters; `''` if none was sent (RFC 9110, section 8.3). */
export const mediaType = (c: Context): string =>
  (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** Whether the response should be JSON: the request is, or prefers it to a page. Browsers never do so by themselves. */
export function wantsJson(c: Context): boolean {
  if (mediaType(c) === 'application/json') return true
  const type = accepts(c, { header: 'Accept', supports: ['text/html', ...JSON_TYPES], default: 'text/html' })
  return JSON_TYPES.includes(type)
}

/** Longest request body that is read, in bytes. */
export const MAX_BODY = 64 * 1024

/**
 * Refuses longer bodies than {@link MAX_BODY} before they are read. If `Content-Length` tells the length, only that is
 * read: Hono's limit would make a stream of every body, which takes longer than everything else that reads it.
 */
export function limitBody(refuse: (c: Context) => Response | Promise<Response>): MiddlewareHandler {
  const whileReading = bodyLimit({ maxSize: MAX_BODY, onError: refuse })
  return (c, next) => {
    const length = c.req.header('content-length')
    // Node refuses a request that has another body than this (RFC 9112, section 6.3).
    const isKnown = length !== undefined && c.req.header('transfer-encoding') === undefined
    if (!isKnown) return whileReading(c, next)
    return Number(length) > MAX_BODY ? Promise.resolve(refuse(c)) : next()
  }
}

export interface Body {
  readonly kind: 'form' | 'json'
  /** Form fields are strings; members of a JSON object may be anything. */
  readonly fields: Readonly<Record<string, unknown>>
}

export type BodyReason = 'unsupported_media_type' | 'malformed' | 'duplicate_field'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the body as an urlencoded form or a JSON object, by its declared type only: a form can't pass as JSON. */
export async function readBody(c: Context, type = mediaType(c)): Promise<Result<Body, BodyReason>> {
  const text = decode(await c.req.arrayBuffer())
  if (text === null) return failure('malformed')
  if (type === 'application/json') return readJson(text)
  if (type === 'application/x-www-form-urlencoded') return readForm(text)
  if (type === '' && text === '') return success({ kind: wantsJson(c) ? 'json' : 'form', fields: {} })
  return failure('unsupported_media_type')
}

function decode(bytes: ArrayBuffer): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

function readForm(text: string): Result<Body, BodyReason> {
  if (!isPercentEncoded(text)) return failure('malformed')
  const entries = [...new URLSearchParams(text)]
  const fields = Object.fromEntries(entries)
  if (Object.keys(fields).length < entries.length) return failure('duplicate_field')
  return { ok: true, value: { kind: 'form', fields } }
}

// URLSearchParams replaces invalid UTF-8 with U+FFFD, which would make two different passwords equal.
function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function readJson(text: string): Result<Body, BodyReason> {
  try {
    const fields: unknown = JSON.parse(text)
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return failure('malformed')
    return success({ kind: 'json', fields: fields as Record<string, unknown> })
  } catch {
    return failure('malformed')
  }
}
