import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './auth-service/src/platform/database/schema-sqlite.ts',
  out: './drizzle/auth/sqlite',
})
