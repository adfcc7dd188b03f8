import type { AuthRequest } from './request.ts'

/**
 * Whether a browser or Next's router asks for a page that may never be opened (Fetch, `Sec-Purpose`; `Purpose` is what
 * Chromium sent before). The response may be thrown away, and its cookies with it.
 */
export const isPrefetch = ({ header }: Pick<AuthRequest, 'header'>): boolean =>
  header('next-router-prefetch') !== undefined ||
  /\bprefetch\b/i.test(header('sec-purpose') ?? header('purpose') ?? '')
