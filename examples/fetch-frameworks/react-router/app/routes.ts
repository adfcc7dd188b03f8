import { index, layout, type RouteConfig, route } from '@react-router/dev/routes'

const cases = ['open', 'public', 'own', 'stream', 'unchanged', 'moved', 'missing', 'denied', 'hang']
const guarded = ['private', 'staff', 'team', 'cards', 'echo', 'live', 'guarded/public']

export default [
  index('routes/start.tsx'),
  route('about', 'routes/about.tsx'),
  route('broken', 'routes/broken.tsx'),
  route('sign-out', 'routes/sign-out.ts'),
  layout('routes/private.tsx', [route('notes', 'routes/notes.tsx'), route('reports', 'routes/reports.tsx')]),
  ...cases.map((path) => route(path, 'routes/open-cases.ts', { id: path })),
  ...guarded.map((path) => route(path, 'routes/guarded.ts', { id: path })),
  route('*', 'routes/not-found.tsx'),
] satisfies RouteConfig
