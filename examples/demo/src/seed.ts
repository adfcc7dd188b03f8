import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PEOPLE } from './people.ts'

/** Registers the demo's people at the first start, with an auth service of these settings. */
export async function seedPeople(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  const done = join(folder, 'seeded')
  if (existsSync(done)) return
  const { createService, readConfig } = await import('@latchkey/auth-service')
  const service = await createService(readConfig(env))
  try {
    for (const { password: _, hash, ...person } of PEOPLE) {
      // Where somebody has that address already, they keep it.
      await service.users.create({ ...person, password: hash })
    }
    writeFileSync(done, '')
  } finally {
    await service.close()
  }
}
