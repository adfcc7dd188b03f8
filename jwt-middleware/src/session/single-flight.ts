/** Callers with the same key share the running call. */
export function singleFlight<Value>(
  ask: (question: string) => Promise<Value>,
): (question: string) => Promise<Value> {
  const flights = new Map<string, Promise<Value>>()
  return (question) => {
    const pending = flights.get(question)
    if (pending) return pending
    const flight = ask(question).finally(() => flights.delete(question))
    flights.set(question, flight)
    return flight
  }
}
