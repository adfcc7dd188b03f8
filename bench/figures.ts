export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number

/** Prints a measurement. */
export const tell = (what: string, measured: number): void => console.log(`${measured.toFixed(2)} ${what}`)

/** Prints a figure, and whether it keeps its promise. */
export function judge(what: string, measured: number, least: number): void {
  const verdict = measured >= least ? 'met' : 'NOT met in this run'
  console.log(`${measured.toFixed(2)} ${what} (at least ${least.toFixed(2)}: ${verdict})`)
}
