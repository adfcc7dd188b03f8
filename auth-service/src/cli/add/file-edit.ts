/** A file to write. */
export interface Edit {
  readonly path: string
  readonly name: string
  /** `null` if the file does not exist. */
  readonly before: string | null
  readonly after: string
}
