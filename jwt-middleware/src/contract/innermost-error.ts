/** An error of Node's own modules. */
export interface NodeError extends NodeJS.ErrnoException {
  /** For a certificate of another name. */
  readonly cert?: { readonly subjectaltname?: string }
  /** For a name with several addresses: one each. */
  readonly errors?: readonly NodeError[]
}

/** The original error: wrappers quote their input, such as a query's parameters. */
export function innermostError(error: unknown): NodeError {
  let innermost = error as NodeError
  for (let depth = 0; depth < 5; depth++) {
    const inner = (innermost.cause ?? innermost.errors?.[0]) as NodeError | undefined
    if (typeof inner !== 'object' || inner === null) break
    innermost = inner
  }
  return innermost
}
