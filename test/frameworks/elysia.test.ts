import { frameworkSuite, PERMISSIONS } from './support/framework-suite.ts'

frameworkSuite({
  name: 'Elysia',
  folder: 'elysia',
  page: 'docs/frameworks/elysia.md',
  edit: (code) =>
    code
      .replace('= auth()', `= auth({ permissions: ${PERMISSIONS} })`)
      .replace(
        'import { auth }',
        "import { definePermissions } from '@latchkey/jwt-middleware'\nimport { auth }",
      )
      .replace('?? 3000,', "?? 3000,\n  hostname: '127.0.0.1',"),
  start: ['bun', 'app.ts'],
  publish: ['POST', '/publish'],
  cards: '/api/cards',
  form: '/notes',
  errors: { '/broken': 500, '/unknown/page': 404 },
  files: ['/robots.txt'],
  hasScripts: false,
})
