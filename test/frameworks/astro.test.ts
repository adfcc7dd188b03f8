import { frameworkSuite, PERMISSIONS } from './support/framework-suite.ts'

frameworkSuite({
  name: 'Astro',
  folder: 'astro',
  page: 'docs/frameworks/astro.md',
  edit: (code) =>
    code
      .replace('??= auth()', `??= auth({ permissions: ${PERMISSIONS} })`)
      .replace(
        'import { auth,',
        "import { definePermissions } from '@latchkey/jwt-middleware'\nimport { auth,",
      )
      .replace(
        "{ protocol: 'https', hostname: 'app1.example.com' }",
        "{ protocol: 'http', hostname: '**.localhost' }, { protocol: 'http', hostname: 'app.example.test' }",
      ),
  build: ['astro', 'build'],
  start: ['node', 'dist/server/entry.mjs'],
  publish: ['GET', '/reports'],
  cards: '/api/cards',
  form: '/notes',
  errors: { '/broken': 500, '/unknown/page': 404 },
  files: ['/robots.txt', '/about'],
  hasScripts: true,
  except: {
    'A form of the app’s own pages is accepted': 'forms need an Origin',
    'Without a session there is nothing to protect: forms of other origins reach open routes': 'none do',
    'A program with a Bearer token needs no origin, since no browser adds one by itself':
      'unless it sends JSON',
  },
})
