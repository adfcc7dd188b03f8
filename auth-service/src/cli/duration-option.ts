const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Seconds of an option such as `90`, `30m`, `12h` or `7d`; `null` if it is none. */
export function readDuration(text: string): number | null {
  const [, digits, unit = 's'] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  return digits === undefined ? null : Number(digits) * UNITS[(unit || 's') as keyof typeof UNITS]
}
