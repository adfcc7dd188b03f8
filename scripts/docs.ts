/** Writes the parts of the docs that come from the code: `npm run docs`. A test compares the result. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { openApiText } from './openapi/document.ts'
import { withSettingsTables } from './settings-tables.ts'

const page = resolve(import.meta.dirname, '../docs/settings.md')
writeFileSync(page, withSettingsTables(readFileSync(page, 'utf8')))
console.log('Wrote the tables of docs/settings.md.')

writeFileSync(resolve(import.meta.dirname, '../docs/openapi.json'), openApiText())
console.log('Wrote docs/openapi.json.')
