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
  except: {
    'A handler’s own caching headers stay, and vary by the cookie':
      'compression adds Accept-Encoding to Vary',
    'Behind a guard they stay out of shared caches': 'so does it here',
  },
})
