/** The auth service as a process of the demo: knows the demo's people before it listens. */
import { seedPeople } from './seed.ts'

await seedPeople(process.env)
await import(new URL('dist/main.js', import.meta.resolve('@latchkey/auth-service/package.json')).href)
