import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './examples/supplier/src/schema.ts',
  out: './examples/supplier/drizzle',
})
