/** An expected outcome: the value, or the reason why there is none. */
export type Result<Value, Reason> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason }

export const success = <Value>(value: Value) => ({ ok: true, value }) as const
export const failure = <const Reason>(reason: Reason) => ({ ok: false, reason }) as const
