import { isIPv6 } from 'node:net'

type Value = string | number | boolean | { readonly [key: string]: Value } | readonly Value[]

/** A network such as `192.0.2.0/24`, and its record. */
export type Network = readonly [network: string, record: Value]

const MARKER = Buffer.from('\xAB\xCD\xEFMaxMind.com', 'latin1')
const RECORD_BITS = 24

/**
 * A database in the MaxMind DB file format 2.0 (https://maxmind.github.io/MaxMind-DB/), with records of 24 bits. In an
 * IPv6 tree, IPv4 addresses are below ::/96.
 */
export function encodeMmdb(networks: readonly Network[], ipVersion: 4 | 6 = 6): Buffer {
  const nodes: [number | null, number | null][] = [[null, null]]
  const leaves = new Map<string, number>()
  const chunks: Buffer[] = []
  let size = 0
  for (const [network, record] of networks) {
    leaves.set(network, size)
    const chunk = encode(record)
    chunks.push(chunk)
    size += chunk.length
  }
  const data = (network: string) => -1 - (leaves.get(network) as number)
  for (const [network] of networks) {
    const bits = bitsOf(network, ipVersion)
    let node = 0
    bits.forEach((bit, depth) => {
      const pair = nodes[node] as [number | null, number | null]
      if (depth === bits.length - 1) pair[bit] = data(network)
      else {
        pair[bit] ??= nodes.push([null, null]) - 1
        node = pair[bit] as number
      }
    })
  }
  const pointer = (value: number | null) => {
    if (value === null) return nodes.length
    return value < 0 ? nodes.length + 16 + (-1 - value) : value
  }
  const tree = Buffer.alloc(nodes.length * 6)
  for (const [index, [left, right]] of nodes.entries()) {
    tree.writeUIntBE(pointer(left), index * 6, 3)
    tree.writeUIntBE(pointer(right), index * 6 + 3, 3)
  }
  const metadata = encode({
    node_count: nodes.length,
    record_size: RECORD_BITS,
    ip_version: ipVersion,
    database_type: 'Test-City',
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_800_000_000,
    description: { en: 'Places of the tests' },
  })
  return Buffer.concat([tree, Buffer.alloc(16), ...chunks, MARKER, metadata])
}

function bitsOf(network: string, ipVersion: 4 | 6): (0 | 1)[] {
  const [address = '', prefix = ''] = network.split('/')
  const bytes = isIPv6(address) ? bytesOfIPv6(address) : address.split('.').map(Number)
  const padding = ipVersion === 6 && bytes.length === 4 ? 96 : 0
  const own = bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((at) => ((byte >> at) & 1) as 0 | 1))
  return [...Array.from({ length: padding }, () => 0 as const), ...own.slice(0, Number(prefix))]
}

function bytesOfIPv6(address: string): number[] {
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) => text.split(':').filter(Boolean)
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)]
  return all.map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255])
}

const TYPES = { string: 2, uint32: 6, map: 7, array: 11, boolean: 14 } as const

function encode(value: Value): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([control('string', Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'boolean') return control('boolean', Number(value))
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control('uint32', 4), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control('array', value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([
    control('map', entries.length),
    ...entries.flatMap(([key, one]) => [encode(key), encode(one)]),
  ])
}

/** The control bytes for type and size, for sizes up to 284. */
function control(type: keyof typeof TYPES, size: number): Buffer {
  const number = TYPES[type]
  const [short, more] = size < 29 ? [size, []] : [29, [size - 29]]
  const extended = number > 7
  return Buffer.from([((extended ? 0 : number) << 5) | short, ...(extended ? [number - 7] : []), ...more])
}
