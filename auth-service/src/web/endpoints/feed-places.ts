import { networkOf, siteOf } from '../../platform/net/ip-address.ts'

/** A limited number of feed connections, shared so that strangers don't lock out the apps. */
export interface FeedPlaces {
  /**
   * Takes a connection for an address and returns a function that releases it. `drop` ends the stream when a network
   * with fewer needs it; it is only called within the first minute.
   */
  take(address: string, drop: () => void): (() => void) | Full
}

/** Why the connection is refused: the `network` has reached its limit, or all are taken (`total`). */
export type Full = 'network' | 'total'

export interface FeedPlacesOptions {
  /** Maximum streams of one network (an IPv4 address, a /64 of IPv6). */
  readonly perNetwork: number
  /** Maximum streams of all networks, including reservations. */
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

/** A connection reserved for a network. */
interface Kept {
  readonly network: string
  /** When the reservation expires, in ms. */
  readonly until: number
}

/** A stream of this duration is probably an app's: it is not dropped, and reserves its connection. In ms. */
const PROBATION = 60_000
/** How long an ended stream's connection is reserved for its network, in ms. */
const KEPT = 3_600_000
/**
 * A /48 of IPv6, which anyone can get for free, contains 65,536 networks: it has this many times the connections of
 * one.
 */
const NETWORKS_OF_SITE = 3

/**
 * Feed connections in memory. A network that held one for a minute keeps a reservation for an hour. If none is left, a
 * network with fewer takes the newest one of another network, unless that was held for a minute: so after a restart,
 * when all reconnect at once, all networks get the same share.
 */
export function createFeedPlaces({ perNetwork, total, now }: FeedPlacesOptions): FeedPlaces {
  /** By site, oldest first. */
  const sites = new Map<string, Place[]>()
  const networks = new Map<string, number>()
  /** The reservations by site, oldest first. */
  const kept = new Map<string, readonly Kept[]>()
  let taken = 0
  let free = 0

  const keptOf = (site: string): readonly Kept[] => kept.get(site) ?? []

  function keepFree(site: string, places: readonly Kept[]): void {
    free += places.length - keptOf(site).length
    if (places.length > 0) kept.set(site, places)
    else kept.delete(site)
  }

  function forget(): void {
    for (const [site, places] of kept) {
      if ((places[0] as Kept).until > now()) continue
      keepFree(
        site,
        places.filter(({ until }) => until > now()),
      )
    }
  }

  /** Uses up a reservation of the network. */
  function useKept(site: string, network: string): boolean {
    const places = keptOf(site)
    const at = places.findIndex((place) => place.network === network)
    if (at !== -1) keepFree(site, places.toSpliced(at, 1))
    return at !== -1
  }

  /**
   * Reservations count as taken: otherwise a site could reserve all connections by taking them in turn for its many
   * networks.
   */
  function giveUpSurplus(site: string, most: number): void {
    const surplus = keptOf(site).length - most
    if (surplus > 0) keepFree(site, keptOf(site).slice(surplus))
  }

  /** The newest connection of the network with most droppable ones, if that is more than the newcomer would have. */
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
    keepFree(place.site, [...keptOf(place.site), { network: place.network, until: now() + KEPT }])
  }

  return {
    take(address, drop) {
      forget()
      const [network, site] = [networkOf(address), siteOf(address)]
      const neighbours = sites.get(site)?.length ?? 0
      const mine = networks.get(network) ?? 0
      const left = NETWORKS_OF_SITE * perNetwork - neighbours
      if (mine >= perNetwork || left <= 0) return 'network'
      const wasKept = useKept(site, network)
      giveUpSurplus(site, left - 1)
      if (!wasKept && taken + free >= total) {
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
