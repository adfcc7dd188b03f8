/**
 * For every module of drizzle-orm, Node asks what kind it is, and reads its package.json of half a megabyte again: two
 * thirds of a start. Preloaded by processes that are started by the dozen.
 */
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    const inside = specifier.startsWith('.') && context.parentURL?.includes('/node_modules/drizzle-orm/')
    if (!inside) return next(specifier, context)
    return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
  },
})
