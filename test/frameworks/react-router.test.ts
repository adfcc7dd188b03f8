import { frameworkSuite, PERMISSIONS } from './support/framework-suite.ts'

frameworkSuite({
  name: 'React Router',
  folder: 'react-router',
  page: 'docs/frameworks/react-router.md',
  edit: (code) =>
    code
      .replace('??= auth()', `??= auth({ permissions: ${PERMISSIONS} })`)
      .replace(
        'import { auth,',
        "import { definePermissions } from '@latchkey/jwt-middleware'\nimport { auth,",
      ),
  build: ['react-router', 'build'],
  start: ['react-router-serve', 'build/server/index.js'],
  ready: /\[react-router-serve\] http/,
  publish: ['POST', '/reports'],
  form: '/notes',
  errors: { '/broken': 500, '/unknown/page': 404 },
  files: ['/robots.txt', '/about/', '/about.data'],
  data: '/notes.data',
  hasScripts: true,
})
