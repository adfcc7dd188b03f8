/** Lets a process end before this timer, where timers can hold it. */
export function unref<Timer>(timer: Timer): Timer {
  ;(timer as { unref?(): void }).unref?.()
  return timer
}
