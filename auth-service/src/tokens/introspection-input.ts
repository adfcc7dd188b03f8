import * as v from 'valibot'

/** A question about a token (RFC 7662, section 2.1). An unknown hint is ignored. */
export const introspectionInput = v.object({
  token: v.string(),
  token_type_hint: v.fallback(v.optional(v.literal('refresh_token')), undefined),
})
