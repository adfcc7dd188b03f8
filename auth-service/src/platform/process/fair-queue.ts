/** A bounded queue with fair shares: each client gets the same share, however much one of them asks for. */
export interface FairQueue<Item> {
  readonly size: number
  /** Adds an item for a path from the widest group to the narrowest, e.g. network and account. */
  push(path: readonly string[], item: Item): void
  /** Takes the next item: from the group that was served least, the oldest of its narrowest group. */
  shift(): Item | undefined
  /** Takes the newest item of the group with the most waiting, to make room. */
  drop(): Item | undefined
  /** Takes all items. */
  clear(): Item[]
}

interface Group<Item> {
  readonly queue: FairQueue<Item>
  /** How much of its share it has received: the group with the lowest number is next. */
  served: number
}

/** After this many items, a returning group no longer waits behind new ones. */
const AGING = 64

/**
 * Start-time fair queuing (Goyal, Vin and Cheng, 1996), one level for each of `depth` names in a path. A new group
 * starts level with the others: it neither waits for their backlog nor is compensated for the past.
 */
export function createFairQueue<Item>(depth: number): FairQueue<Item> {
  return depth === 0 ? createPlainQueue() : createLevel(depth)
}

function createLevel<Item>(depth: number): FairQueue<Item> {
  const groups = new Map<string, Group<Item>>()
  let size = 0
  let clock = 0

  /** Forgets groups with nothing waiting that would start from here anyway. */
  function forget(): void {
    for (const [name, { queue, served }] of groups) {
      if (queue.size === 0 && served <= clock) groups.delete(name)
    }
  }

  return {
    get size() {
      return size
    },
    push([name = '', ...rest], item) {
      const { queue = createFairQueue<Item>(depth - 1), served = 0 } = groups.get(name) ?? {}
      if (queue.size === 0) {
        // At the end: among equal groups, the one that has waited longest is next.
        groups.delete(name)
        groups.set(name, { queue, served: Math.max(served, clock) })
      }
      queue.push(rest, item)
      size++
    },
    shift() {
      const next = best(groups.values(), (group, than) => group.served < than.served)
      if (!next) return undefined
      size--
      clock = Math.max(clock, next.served) + 1 / AGING
      next.served++
      const item = next.queue.shift()
      forget()
      return item
    },
    drop() {
      const largest = best(groups.values(), (group, than) => group.queue.size >= than.queue.size)
      if (!largest) return undefined
      size--
      return largest.queue.drop()
    },
    clear() {
      const all = [...groups.values()].flatMap(({ queue }) => queue.clear())
      groups.clear()
      size = 0
      return all
    },
  }
}

/** The best group with something waiting. */
function best<Item>(
  groups: Iterable<Group<Item>>,
  isBetter: (group: Group<Item>, than: Group<Item>) => boolean,
): Group<Item> | undefined {
  let found: Group<Item> | undefined
  for (const group of groups) {
    if (group.queue.size > 0 && (!found || isBetter(group, found))) found = group
  }
  return found
}

function createPlainQueue<Item>(): FairQueue<Item> {
  const items: Item[] = []
  return {
    get size() {
      return items.length
    },
    push: (_, item) => void items.push(item),
    shift: () => items.shift(),
    drop: () => items.pop(),
    clear: () => items.splice(0),
  }
}
