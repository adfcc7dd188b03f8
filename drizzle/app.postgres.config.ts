import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './jwt-middleware/src/stores/schema-postgres.ts',
  out: './drizzle/app/postgres',
})
