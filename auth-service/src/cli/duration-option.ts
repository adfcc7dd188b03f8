const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Reads a duration such as `90`, `30m`, `12h` or `7d`, in seconds. `null`: it is not a duration. */
export function readDuration(text: string): number | null {
  const [, digits, unit = 's'] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  return digits === undefined ? null : Number(digits) * UNITS[(unit || 's') as keyof typeof UNITS]
}
