/** A task that runs once at a time. */
export interface SingleFlight {
  /** Starts a run, or another one after the current run. */
  wake(): void
  /** Resolves after the current run, if there is one. */
  landed(): Promise<void>
}

/** The task must not reject. */
export function createSingleFlight(task: () => Promise<void>): SingleFlight {
  let flight: Promise<void> | null = null
  let wokenMeanwhile = false

  function wake(): void {
    wokenMeanwhile = flight !== null
    flight ??= task().finally(() => {
      flight = null
      if (wokenMeanwhile) wake()
    })
  }

  return {
    wake,
    async landed() {
      await flight
    },
  }
}
