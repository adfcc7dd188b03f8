import { randomUUID } from 'node:crypto'
import pg from 'pg'

export interface Role {
  readonly name: string
  /** The address of the same database for this role. */
  readonly url: string
}

/** Creates a role without rights in the database, then runs the statements, with `{role}` replaced. */
export async function createRole(databaseUrl: string, ...statements: string[]): Promise<Role> {
  const name = `role_${randomUUID().replaceAll('-', '')}`
  const password = randomUUID()
  await runAsOwner(
    databaseUrl,
    `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`,
    ...statements.map((statement) => statement.replaceAll('{role}', name)),
  )
  const url = new URL(databaseUrl)
  url.username = name
  url.password = password
  return { name, url: url.href }
}

/** Runs the statements as the server's superuser. Returns the rows of the last one. */
export async function runAsOwner(databaseUrl: string, ...statements: string[]) {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}
