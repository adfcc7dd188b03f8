import { createRequire } from 'node:module'

/** Makes the value at the first call and keeps it: for what many processes never need. */
export function lazy<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

const load = createRequire(import.meta.url)

/** Loads a package at the first call, synchronously. */
export const lazyPackage = <Package>(name: string): (() => Package) => lazy(() => load(name) as Package)
