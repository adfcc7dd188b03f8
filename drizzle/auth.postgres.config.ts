import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './auth-service/src/database/schema-postgres.ts',
  out: './drizzle/auth/postgres',
})
