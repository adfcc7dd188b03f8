/**
 * A setting as a message about it quotes it. What may be an address with a password is left out: any setting may have been
 * given what belongs to another one.
 */
export const quoted = (value: string): string => (/:.*@/s.test(value) ? '"…"' : `"${value}"`)
