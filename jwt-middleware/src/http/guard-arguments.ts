import { LatchkeyError } from '../contract/errors.ts'

/**
 * The names and the handler that a guard was given: `guard('one', 'two', handler)`.
 * @throws LatchkeyError `invalid_options` without a name, since such a guard would let everyone pass
 */
export function namesAndHandler<Handler extends (...args: never[]) => unknown>(
  guard: string,
  given: readonly (string | Handler)[],
): { readonly names: readonly string[]; readonly handler: Handler | undefined } {
  const names = given.filter((one) => typeof one === 'string')
  const handler = given.find((one): one is Handler => typeof one === 'function')
  if (names.length > 0) return { names, handler }
  throw new LatchkeyError(
    'invalid_options',
    `${guard} needs at least one name, for example ${EXAMPLES[guard]}.`,
  )
}

const EXAMPLES: Readonly<Record<string, string>> = {
  'permissionRequired()': "permissionRequired('notes.publish')",
  'groupRequired()': "groupRequired('editors')",
}
