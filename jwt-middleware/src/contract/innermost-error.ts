/** An error as Node's own modules throw it. */
export interface NodeError extends NodeJS.ErrnoException {
  /** Of a certificate that is for another name. */
  readonly cert?: { readonly subjectaltname?: string }
  /** Of a name with several addresses: one for each. */
  readonly errors?: readonly NodeError[]
}

/** What really happened: wrappers quote what they were given, such as a query's parameters. */
export function innermostError(error: unknown): NodeError {
  let innermost = error as NodeError
  for (let depth = 0; depth < 5; depth++) {
    const inner = (innermost.cause ?? innermost.errors?.[0]) as NodeError | undefined
    if (typeof inner !== 'object' || inner === null) break
    innermost = inner
  }
  return innermost
}
