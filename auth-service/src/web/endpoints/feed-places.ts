import { networkOf, siteOf } from '../../platform/net/ip-address.ts'

/** Places at the feed, which anybody may take: a limited number, shared so that strangers don't shut out the apps. */
export interface FeedPlaces {
  /**
   * Takes a place for an address and returns what gives it back. `drop` ends the stream where a network that has fewer
   * needs the place; it is only called within the first minute.
   */
  take(address: string, drop: () => void): (() => void) | Full
}

/** Why there is no place: `network` has as many as it may have, or all are taken (`total`). */
export type Full = 'network' | 'total'

export interface FeedPlacesOptions {
  /** Streams of one network (an IPv4 address, a /64 of IPv6) at the same time. */
  readonly perNetwork: number
  /** Streams of all networks at the same time, and places that are kept free, together. */
  readonly total: number
  /** In ms. */
  readonly now: () => number
}

interface Place {
  readonly network: string
  readonly site: string
  readonly since: number
  readonly drop: () => void
}

/** A stream that lasted for so long is an app's, most likely: it is not dropped, and its place is kept. In ms. */
const PROBATION = 60_000
/** For how long the place of a stream that ended is kept free for its network, in ms. */
const KEPT = 3_600_000
/** A /48 of IPv6, which anybody gets for free, holds 65,536 networks: it has so many times the places of one. */
const NETWORKS_OF_SITE = 3

/**
 * Places in memory. A network that held one for a minute finds it free again within the hour. Where none is left, a
 * network that has fewer than another one takes the newest place of it, unless that was held for a minute: so after a
 * restart, when everybody comes at once, all networks get the same share.
 */
export function createFeedPlaces({ perNetwork, total, now }: FeedPlacesOptions): FeedPlaces {
  /** By site, the oldest first. */
  const sites = new Map<string, Place[]>()
  const networks = new Map<string, number>()
  /** By network, when each place that is kept free is given up, the earliest first. */
  const kept = new Map<string, number[]>()
  let taken = 0
  let free = 0

  function forget(): void {
    for (const [network, times] of kept) {
      while (times.length > 0 && (times[0] as number) <= now()) {
        times.shift()
        free--
      }
      if (times.length === 0) kept.delete(network)
    }
  }

  /** Uses up a place that was kept free for the network. */
  function useKept(network: string): boolean {
    const times = kept.get(network)
    if (!times?.shift()) return false
    free--
    if (times.length === 0) kept.delete(network)
    return true
  }

  /** The newest place of whoever has most of those that may be dropped, and more than the newcomer would have. */
  function mostDispensable(mine: number): Place | undefined {
    let most = mine + 1
    let found: Place | undefined
    for (const places of sites.values()) {
      const newest = places.at(-1)
      if (places.length <= most || !newest || now() - newest.since >= PROBATION) continue
      most = places.length
      found = newest
    }
    return found
  }

  function remove(place: Place): boolean {
    const places = sites.get(place.site)
    const at = places?.indexOf(place) ?? -1
    if (!places || at === -1) return false
    places.splice(at, 1)
    if (places.length === 0) sites.delete(place.site)
    const left = (networks.get(place.network) ?? 0) - 1
    if (left > 0) networks.set(place.network, left)
    else networks.delete(place.network)
    taken--
    return true
  }

  function giveBack(place: Place): void {
    if (!remove(place) || now() - place.since < PROBATION) return
    kept.set(place.network, [...(kept.get(place.network) ?? []), now() + KEPT])
    free++
  }

  return {
    take(address, drop) {
      forget()
      const [network, site] = [networkOf(address), siteOf(address)]
      const neighbours = sites.get(site)?.length ?? 0
      const mine = networks.get(network) ?? 0
      if (mine >= perNetwork || neighbours >= NETWORKS_OF_SITE * perNetwork) return 'network'
      if (!useKept(network) && taken + free >= total) {
        const dispensable = mostDispensable(neighbours)
        if (!dispensable) return 'total'
        remove(dispensable)
        dispensable.drop()
      }
      const place = { network, site, since: now(), drop }
      sites.set(site, [...(sites.get(site) ?? []), place])
      networks.set(network, mine + 1)
      taken++
      return () => giveBack(place)
    },
  }
}
