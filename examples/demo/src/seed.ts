import { createService, readConfig } from '@latchkey/auth-service'
import { PEOPLE } from './people.ts'

/** Registers the demo's people with the auth service of these settings, unless they are there already. */
export async function seedPeople(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const service = await createService(readConfig(env))
  try {
    for (const { password: _, hash, ...person } of PEOPLE) {
      await service.users.create({ ...person, password: hash })
    }
  } finally {
    await service.close()
  }
}
