/** A part of an email: a paragraph, or one of these. */
export type Part = string | Link | Code | Facts | Steps

/** A link: a button, and the URL itself. */
export interface Link {
  /** A URL below AUTH_URL. */
  readonly link: string
  /** The text of the button. */
  readonly label: string
}

/** A code to type, in groups of three digits. */
export interface Code {
  readonly code: string
}

/** Facts as pairs of label and value. */
export interface Facts {
  readonly facts: readonly (readonly [label: string, value: string])[]
}

/** Steps in order. */
export interface Steps {
  readonly steps: readonly (readonly Part[])[]
}

/** The digits as shown. */
export const grouped = (code: string): string => code.replace(/\B(?=(?:.{3})+$)/g, ' ')
