import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './auth-service/src/platform/database/schema-postgres.ts',
  out: './drizzle/auth/postgres',
})
