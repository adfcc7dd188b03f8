import { randomUUID } from 'node:crypto'
import pg from 'pg'

export interface Role {
  readonly name: string
  /** Address of the same database, as this role. */
  readonly url: string
}

/** Makes a role without any right of its own in the database, then runs the statements, which `{role}` stands for. */
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
