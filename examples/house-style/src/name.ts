interface Named {
  readonly firstName: string
  readonly lastName: string
}

/** A person's name; `''` for somebody who has told none. */
export const nameOf = ({ firstName, lastName }: Named): string => `${firstName} ${lastName}`.trim()
