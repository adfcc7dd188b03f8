import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './examples/notes/src/schema.ts',
  out: './examples/notes/drizzle',
})
