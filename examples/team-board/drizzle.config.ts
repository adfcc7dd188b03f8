import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './examples/team-board/src/schema.ts',
  out: './examples/team-board/drizzle',
})
