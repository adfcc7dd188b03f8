import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './jwt-middleware/src/stores/user-schema-postgres.ts',
  out: './drizzle/app/postgres',
})
