import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './jwt-middleware/src/stores/user-schema-sqlite.ts',
  out: './drizzle/app/sqlite',
})
