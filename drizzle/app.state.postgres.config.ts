import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './jwt-middleware/src/stores/state-schema-postgres.ts',
  out: './drizzle/app/state/postgres',
})
