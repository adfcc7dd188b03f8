/** A bounded queue that many share: each of them gets the same share of the work, however much one of them asks for. */
export interface FairQueue<Item> {
  readonly size: number
  /** Adds an item of whoever the path names, from the widest group to the narrowest, e.g. network and account. */
  push(path: readonly string[], item: Item): void
  /** Takes the item that is next: one of the group that has had least, the oldest of its narrowest group. */
  shift(): Item | undefined
  /** Takes the newest item of the group that has most waiting, to make room. */
  drop(): Item | undefined
  /** Takes all of them. */
  clear(): Item[]
}

interface Group<Item> {
  readonly queue: FairQueue<Item>
  /** How much of its share it has had: the group with the lowest number is next. */
  served: number
}

/** After so many items, a group that came again waits no longer behind groups that are new. */
const AGING = 64

/**
 * Start-time fair queuing (Goyal, Vin and Cheng, 1996), one level for each of `depth` names in a path. A group that comes
 * new starts where the others are: it neither waits for what they have piled up, nor makes up for the time before.
 */
export function createFairQueue<Item>(depth: number): FairQueue<Item> {
  return depth === 0 ? createPlainQueue() : createLevel(depth)
}

function createLevel<Item>(depth: number): FairQueue<Item> {
  const groups = new Map<string, Group<Item>>()
  let size = 0
  let clock = 0

  /** Forgets who has nothing waiting and would start anew from here anyhow. */
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
        // To the end: of groups that are even, the one that waits longest is next.
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

/** The group with something waiting that no other one is better than. */
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
