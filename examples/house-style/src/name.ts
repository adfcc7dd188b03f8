interface Named {
  readonly firstName: string
  readonly lastName: string
}

/** A user's name; `''` if they have none. */
export const nameOf = ({ firstName, lastName }: Named): string => `${firstName} ${lastName}`.trim()
