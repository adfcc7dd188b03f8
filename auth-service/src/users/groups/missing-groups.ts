import type { Groups } from './groups.ts'

/** Which of these names no group has: a typing error, or a group that is created later. Throws on an outage. */
export async function missingGroups(
  groups: Pick<Groups, 'named'>,
  names: readonly string[] | null | undefined,
): Promise<readonly string[]> {
  const found = await Promise.all(
    (names ?? []).map(async (name) => ((await groups.named(name)) ? [] : [name])),
  )
  return found.flat()
}
