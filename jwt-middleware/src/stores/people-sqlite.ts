import { fileURLToPath } from 'node:url'
import type { Database, Statement } from 'better-sqlite3'
import { PEOPLE_VIEW, type PeopleReader, type PersonRow } from './people-reader.ts'

/** How long to wait for another process's lock, in ms; the whole process waits with it. */
const BUSY_TIMEOUT = 1000

/** Reads people from the SQLite file of an auth service on this machine, opened read-only at the first question. */
export function readSqlitePeople(address: string): PeopleReader {
  let opening: Promise<Opened> | undefined

  async function open(): Promise<Opened> {
    const client = await openReadOnly(address)
    try {
      return { client, person: client.prepare(`SELECT * FROM ${PEOPLE_VIEW} WHERE uuid = ?`) }
    } catch (error) {
      client.close()
      throw error
    }
  }

  return {
    async find(uuid) {
      opening ??= open()
      const { person } = await opening.catch((error) => {
        // By the next time, the file may be there, or have the view.
        opening = undefined
        throw error
      })
      return person.get(uuid)
    },
    async close() {
      const opened = await opening?.catch(() => undefined)
      opened?.client.close()
    },
  }
}

interface Opened {
  readonly client: Database
  readonly person: Statement<[string], PersonRow>
}

/** SQLite refuses every write to it. */
export async function openReadOnly(address: string): Promise<Database> {
  const { default: SQLite } = await import('better-sqlite3')
  return new SQLite(pathOf(address), { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT })
}

/** The path in `file:name`, `file:/path` and `file:///path`, as in DATABASE_URL of the auth service, or a path itself. */
const pathOf = (address: string): string =>
  address.startsWith('file:///') ? fileURLToPath(address) : address.replace(/^file:/, '')
