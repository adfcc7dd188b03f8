/**
 * Quotes a setting in a message about it. A possible URL with a password is omitted, since any setting may contain the
 * value of another.
 */
export const redact = (value: string): string => (/:.*@/s.test(value) ? '"…"' : `"${value}"`)
