/** From where something is asked: the address that counts, and who asks behind it. */
export type Sender = readonly [address: string, behind: string]

/** Lets a few work at a time. The others wait in line, where each address gets its turn. */
export interface FairLine {
  /**
   * Runs the work when its turn comes, and tells it how long it waited, in ms. `null`, without running it, if the line is
   * too long or too slow.
   */
  run<Value>(sender: Sender, work: (waited: number) => Promise<Value>): Promise<Value | null>
}

export interface FairLineOptions {
  /** How many work at a time. */
  readonly most: number
  /** How many wait. */
  readonly longest: number
  /** How long one waits, in ms. */
  readonly patience: number
}

interface Waiter {
  readonly start: () => void
  readonly refuse: () => void
}
type Behind = Map<string, Waiter[]>

/**
 * Round robin by address, and by who is behind each. One that asks for much delays and crowds out itself: if the line is
 * full, the last of the longest part gives way.
 */
export function createFairLine({ most, longest, patience }: FairLineOptions): FairLine {
  /** The one whose turn is next comes first. */
  const line = new Map<string, Behind>()
  let working = 0
  let waiting = 0

  const lengthOf = (behind: Behind | undefined): number =>
    [...(behind?.values() ?? [])].reduce((sum, { length }) => sum + length, 0)

  function add([address, from]: Sender, waiter: Waiter): void {
    const behind = line.get(address) ?? new Map<string, Waiter[]>()
    const waiters = behind.get(from) ?? []
    waiters.push(waiter)
    behind.set(from, waiters)
    line.set(address, behind)
    waiting++
  }

  /** Takes a waiter out, and those of that sender to the end of the line. */
  function take([address, from]: Sender, at: number): Waiter {
    const behind = line.get(address) as Behind
    const waiters = behind.get(from) as Waiter[]
    const [waiter] = waiters.splice(at, 1) as [Waiter]
    behind.delete(from)
    if (waiters.length > 0) behind.set(from, waiters)
    line.delete(address)
    if (behind.size > 0) line.set(address, behind)
    waiting--
    return waiter
  }

  function startNext(): void {
    const next = line.entries().next().value
    if (next === undefined) return
    const [address, behind] = next
    const from = behind.keys().next().value as string
    take([address, from], 0).start()
  }

  /** Makes room for one of a shorter part of the line. */
  function giveWay([address, from]: Sender): boolean {
    const most = longestOf(line, lengthOf)
    const own = line.get(address)
    const isOther = lengthOf(line.get(most)) > lengthOf(own) + 1
    const crowd = isOther ? most : address
    const behind = line.get(crowd)
    if (behind === undefined) return false
    const last = longestOf(behind, ({ length }) => length)
    const length = behind.get(last)?.length ?? 0
    if (!isOther && length <= (behind.get(from)?.length ?? 0) + 1) return false
    take([crowd, last], length - 1).refuse()
    return true
  }

  /** Whether it is this one's turn. */
  const wait = (sender: Sender): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        const waiters = line.get(sender[0])?.get(sender[1]) ?? []
        take(sender, waiters.indexOf(waiter))
        resolve(false)
      }, patience)
      const end = (isTurn: boolean) => {
        clearTimeout(timer)
        resolve(isTurn)
      }
      const waiter: Waiter = {
        start() {
          working++
          end(true)
        },
        refuse: () => end(false),
      }
      add(sender, waiter)
    })

  return {
    async run(sender, work) {
      const since = performance.now()
      if (working < most) working++
      else if (waiting >= longest && !giveWay(sender)) return null
      else if (!(await wait(sender))) return null
      try {
        return await work(performance.now() - since)
      } finally {
        working--
        startNext()
      }
    },
  }
}

function longestOf<Part>(parts: ReadonlyMap<string, Part>, lengthOf: (part: Part) => number): string {
  let found = ''
  let length = 0
  for (const [name, part] of parts) {
    if (lengthOf(part) <= length) continue
    found = name
    length = lengthOf(part)
  }
  return found
}
