import type * as Navigation from 'next/navigation.js'

/**
 * Next's redirects and refusals. Not with the ending `.js`, which Next does not replace by what works in pages and in
 * route handlers. Node and TypeScript would not find it, so it is loaded where Next runs, and not by a test that only
 * imports an app's files.
 */
export const navigation = (): Promise<typeof Navigation> => import('next/navigation')
