/** A lifetime in seconds, in words. */
export function inWords(seconds: number): string {
  const hours = Math.round(seconds / 3600)
  if (hours < 1) return `${Math.round(seconds / 60)} minutes`
  return hours === 1 ? 'an hour' : `${hours} hours`
}
