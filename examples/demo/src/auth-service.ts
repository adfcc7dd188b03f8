/** The auth service as a process of the demo: knows the demo's people and apps before it listens. */
import { seed } from './seed.ts'

await seed(process.env)
await import(new URL('dist/main.js', import.meta.resolve('@latchkey/auth-service/package.json')).href)
