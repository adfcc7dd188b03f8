import module from 'node:module'

/** Packages with only ES modules and a large package.json. */
const LARGE = /\/node_modules\/drizzle-orm\/[^?]*\.js$/

/**
 * Saves a third of this process's start-up time, and more in apps. To determine the type of a `.js` file, Node parses
 * the package.json above it again for each module, and drizzle-orm's has 180 KB for a hundred modules. Call it before
 * importing anything that imports drizzle. Does nothing if Node lacks such hooks (before 22.15). Earlier hooks do not
 * see those modules.
 */
export function quickenImports(): void {
  module.registerHooks?.({
    resolve(specifier, context, next) {
      const isWithin = specifier.startsWith('.') && LARGE.test(context.parentURL ?? '')
      if (!isWithin || !specifier.endsWith('.js')) return next(specifier, context)
      return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
    },
  })
}
