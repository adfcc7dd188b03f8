/** CPU time that this process spends on a task, in ms: other than the clock, it knows nothing of what runs beside. */
export async function cpuTime(task: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await task()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
