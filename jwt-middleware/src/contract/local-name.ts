import type { LookupFunction } from 'node:net'

/** Whether this name always means the own machine, whatever DNS says (RFC 6761, section 6.3). */
export const isLocalName = (host: string): boolean => /^(.+\.)?localhost$/.test(host)

const LOOPBACK = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/** Both addresses, since a server may listen at one only: Node tries one after the other. */
const lookUpLoopback: LookupFunction = (_hostname, { all }, callback) =>
  all ? callback(null, LOOPBACK) : callback(null, '127.0.0.1', 4)

/**
 * How a request of `node:http` finds this host: names under `localhost` lead to this machine, as in browsers. Node
 * itself asks DNS, which seldom knows them. `undefined` means Node's own way.
 */
export const lookupFor = (host: string): LookupFunction | undefined =>
  isLocalName(host) ? lookUpLoopback : undefined
