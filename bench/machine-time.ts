/** Ms on the machine's own clock, which is the same in all its processes. */
export const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6
