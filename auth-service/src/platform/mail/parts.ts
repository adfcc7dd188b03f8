/** A piece of a letter: a paragraph, or one of these. */
export type Part = string | Link | Code | Facts | Steps

/** Somewhere to go: a button, and the address itself. */
export interface Link {
  /** A URL below AUTH_URL. */
  readonly link: string
  /** What the button says. */
  readonly label: string
}

/** Digits to type elsewhere, in groups of three. */
export interface Code {
  readonly code: string
}

/** What is told in pairs of a label and a value. */
export interface Facts {
  readonly facts: readonly (readonly [label: string, value: string])[]
}

/** What to do, one thing after the other. */
export interface Steps {
  readonly steps: readonly (readonly Part[])[]
}

/** The digits as they are shown. */
export const grouped = (code: string): string => code.replace(/\B(?=(?:.{3})+$)/g, ' ')
