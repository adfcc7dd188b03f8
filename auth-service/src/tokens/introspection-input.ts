import * as v from 'valibot'

/** What is asked about a token (RFC 7662, section 2.1). A hint that is not known counts as none. */
export const introspectionInput = v.object({
  token: v.string(),
  token_type_hint: v.fallback(v.optional(v.literal('refresh_token')), undefined),
})
