import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './examples/guest-book/src/schema.ts',
  out: './examples/guest-book/drizzle',
})
