import * as v from 'valibot'

/** A question about a token (RFC 7662, section 2.1). An unknown hint is ignored. */
export const introspectionInput = v.object({
  token: v.string(),
  token_type_hint: v.fallback(v.optional(v.literal('refresh_token')), undefined),
})

/** Where an API token was used, as its app saw it; for the token's last use alone. */
export const tokenUseInput = v.object({
  /** The other end of the app's connection. */
  remote_address: v.fallback(v.optional(v.pipe(v.string(), v.maxLength(100)), ''), ''),
  /** The request's `X-Forwarded-For`. */
  forwarded_for: v.fallback(v.optional(v.pipe(v.string(), v.maxLength(1000)), ''), ''),
})
