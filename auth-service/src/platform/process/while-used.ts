/**
 * The tasks of what costs nothing while it is off. Each still runs once after the start, and once after it was used: an
 * earlier process, or the last client, may have left something to delete.
 */
export function whileUsed<Name extends string>(
  isOn: () => boolean,
  tasks: Record<Name, () => Promise<unknown>>,
) {
  const once = (task: () => Promise<unknown>) => {
    let mayHaveLeft = true
    return async (): Promise<void> => {
      if (!isOn() && !mayHaveLeft) return
      mayHaveLeft = isOn()
      await task()
    }
  }
  const names = Object.keys(tasks) as Name[]
  return Object.fromEntries(names.map((name) => [name, once(tasks[name])])) as Record<
    Name,
    () => Promise<void>
  >
}
