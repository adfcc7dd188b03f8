/** The auth service as a process of the demo: registers the demo's users and apps before it listens. */
import { quickenImports } from '@latchkey/auth-service/quick-imports'

quickenImports()
const { seed } = await import('./seed.ts')
await seed(process.env)
await import(new URL('dist/main.js', import.meta.resolve('@latchkey/auth-service/package.json')).href)
