/** Whether a request may wait for what another one began. */
export const canShare: boolean = true

/** Callers with the same question share the running call. */
export function singleFlight<Value, More extends readonly unknown[]>(
  ask: (question: string, ...more: More) => Promise<Value>,
): (question: string, ...more: More) => Promise<Value> {
  const flights = new Map<string, Promise<Value>>()
  return (question, ...more) => {
    const pending = flights.get(question)
    if (pending) return pending
    const flight = ask(question, ...more).finally(flights.delete.bind(flights, question))
    flights.set(question, flight)
    return flight
  }
}
