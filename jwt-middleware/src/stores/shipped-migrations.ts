const SCHEMAS = {
  users: ['', '__latchkey_migrations'],
  state: ['state/', '__latchkey_state_migrations'],
} as const

/** The migrations of this package: of local users, or of states, which are separate from an app's own table. */
export function shippedMigrations(
  what: keyof typeof SCHEMAS,
  dialect: 'sqlite' | 'postgres',
): { readonly folder: URL; readonly table: string } {
  const [folder, table] = SCHEMAS[what]
  return { folder: new URL(`../../drizzle/${folder}${dialect}`, import.meta.url), table }
}
