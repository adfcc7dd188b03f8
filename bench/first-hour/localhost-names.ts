// Preloaded into the second app: on many machines Node does not resolve *.localhost, as it would a real domain.
import dns from 'node:dns'

const { lookup } = dns
dns.lookup = ((name: string, ...rest: never[]) =>
  (lookup as (name: string, ...rest: never[]) => void)(
    name.endsWith('.localhost') ? '127.0.0.1' : name,
    ...rest,
  )) as typeof lookup
