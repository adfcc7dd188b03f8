import { defineParams } from '@sveltejs/kit/params'

const OPEN = ['open', 'public', 'own', 'stream', 'unchanged', 'moved', 'missing', 'denied', 'hang']
const GUARDED = ['private', 'staff', 'team', 'cards', 'echo', 'live', 'guarded/public']

export const params = defineParams({
  known: (path) => ([...OPEN, ...GUARDED].includes(path) ? path : undefined),
})
