import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './jwt-middleware/src/stores/state-schema-sqlite.ts',
  out: './drizzle/app/state/sqlite',
})
