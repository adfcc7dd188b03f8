/** How the blocks of the documentation for the shell are run: each by its text, wherever it stands. */

/** Someone types these, in this order. */
export interface Typed {
  /** The lines of the block. */
  readonly lines: readonly string[]
  /** The folder: the app's own, a folder that other blocks use, too, or a new one. */
  readonly folder: 'app' | 'docker' | 'new'
  /** Whether the settings of an auth service are in the environment. */
  readonly asService?: true
  /** What must be in the folder before. */
  readonly files?: Readonly<Record<string, string>>
  /** What it prints, or does. */
  readonly prints?: RegExp
  /** Lines that are left out, and why. */
  readonly without?: Readonly<Record<string, string>>
}

const DATABASE = '# or drizzle-orm pg'
const INSTALL = `npm install @latchkey/jwt-middleware drizzle-orm better-sqlite3    ${DATABASE}`
const DEV = 'npx latchkey dev --app http://app1.team.localhost:3000'
const DOCTOR = 'npx latchkey doctor https://app1.example.com/notes'
const PRODUCTION = 'AUTH_URL=https://auth.example.com COOKIE_DOMAIN=example.com'
const SIGNED_IN = /ok {4}http:\/\/app1.*: The app recognises the signed-in user/

export const TYPED: readonly Typed[] = [
  { lines: [INSTALL], folder: 'app' },
  { lines: ['npm install @latchkey/auth-service', DEV], folder: 'app', prints: /Press Ctrl-C/ },
  { lines: [DEV], folder: 'app', prints: /is already running/ },
  {
    lines: ['npx latchkey dev --oidc-app http://partner.localhost:4003'],
    folder: 'app',
    prints: /AUTH_CLIENT_SECRET=lks_/,
  },
  { lines: [INSTALL, 'npx latchkey add'], folder: 'app', prints: /Wrote main\.ts and \.env\./ },
  { lines: ['node --env-file=.env main.ts'], folder: 'app', prints: /Port \d+/ },
  { lines: ['npx latchkey add'], folder: 'app', prints: /The doctor on the running app/ },
  { lines: [DOCTOR], folder: 'app', prints: SIGNED_IN },
  { lines: ['npx latchkey help'], folder: 'app', prints: /latchkey doctor/ },
  {
    lines: [
      'npx latchkey createsuperuser',
      'npx latchkey doctor https://app1.example.com',
      'npx latchkey help',
    ],
    folder: 'app',
    prints: /Created the superuser[\s\S]*Usage:/,
  },
  { lines: ['npm install ws && npm install --save-dev @types/ws'], folder: 'app' },
  {
    lines: ['npm install @latchkey/auth-service', `${PRODUCTION} SECRET_KEY=… npx latchkey-auth`],
    folder: 'new',
    prints: /The auth service is at/,
  },
  {
    lines: [
      'npm install @latchkey/auth-service',
      `${PRODUCTION} SECRET_KEY="$(openssl rand -base64 36)" npx latchkey-auth`,
    ],
    folder: 'new',
    prints: /The auth service is at/,
  },
  {
    lines: [
      'npm install @latchkey/auth-service',
      `${PRODUCTION} SECRET_KEY=… npx latchkey-auth`,
      'npx latchkey createsuperuser',
    ],
    folder: 'new',
    asService: true,
    prints: /Created the superuser/,
  },
  {
    lines: [
      'manage.py dumpdata auth.user auth.group > people.json',
      'npx latchkey import-django people.json --dry-run',
      'npx latchkey import-django people.json',
    ],
    folder: 'new',
    asService: true,
    prints: /Imported 1 user /,
  },
  {
    lines: ['npx latchkey export-django people.json', 'manage.py loaddata people.json'],
    folder: 'new',
    asService: true,
    prints: /Installed [2-9] object/,
  },
  {
    lines: ['npx latchkey import users.csv --dry-run', 'npx latchkey import users.csv --verified'],
    folder: 'new',
    files: { 'users.csv': 'email,first_name,last_name,password\nada@example.com,Ada,Lovelace,\n' },
    asService: true,
    prints: /Imported 1 user /,
  },
  {
    lines: [
      'npx latchkey apps create Television --origin https://tv.example.org',
      'npx latchkey apps set-oidc Television --auth-method none --device-flow',
    ],
    folder: 'new',
    asService: true,
    prints: /Users can sign in to Television by OpenID Connect[\s\S]*Client ID +\S+/,
  },
  {
    lines: [
      'npx latchkey apps create Grafana --origin https://grafana.example.org',
      'npx latchkey apps set-oidc Grafana --redirect-uri https://grafana.example.org/login/generic_oauth',
    ],
    folder: 'new',
    asService: true,
    prints: /AUTH_CLIENT_SECRET=lks_\w+[\s\S]*\/\.well-known\/openid-configuration/,
  },
  {
    lines: [
      'npx latchkey apps create Partner --origin https://partner.example',
      'npx latchkey apps set-oidc Partner --first-party \\\n' +
        '  --redirect-uri https://partner.example/auth/callback \\\n' +
        '  --post-logout-redirect-uri https://partner.example/auth/signed-out \\\n' +
        '  --back-channel-logout-uri https://partner.example/auth/back-channel-logout',
    ],
    folder: 'new',
    asService: true,
    prints: /AUTH_CLIENT_SECRET=lks_\w+[\s\S]*\/\.well-known\/openid-configuration/,
  },
  { lines: ['npm install openid-client'], folder: 'app' },
  {
    lines: [
      'npx latchkey apps create Files --origin https://files.example.org',
      'npx latchkey apps set-saml Files --metadata files.xml',
    ],
    folder: 'new',
    files: {
      'files.xml':
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://files.example.org/saml">' +
        '<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">' +
        '<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" ' +
        'Location="https://files.example.org/acs" index="0"/></md:SPSSODescriptor></md:EntityDescriptor>',
    },
    asService: true,
    prints: /Users can sign in to Files by SAML[\s\S]*\/saml\/metadata/,
  },
  {
    lines: [
      'npx latchkey apps create Intranet --origin https://intranet.example.org',
      'npx latchkey apps set-saml Intranet --entity-id https://intranet.example.org/saml --acs-url https://intranet.example.org/saml/acs --name-id email',
    ],
    folder: 'new',
    asService: true,
    prints: /Users can sign in to Intranet by SAML/,
  },
  {
    lines: ['npx latchkey saml-keys add', 'npx latchkey saml-keys rotate', 'npx latchkey saml-keys list'],
    folder: 'new',
    asService: true,
    prints: /is the next key[\s\S]*signs from now on[\s\S]*current[\s\S]*retiring/,
  },
  {
    lines: [
      'npx latchkey apps create Handbook --origin https://handbook.example.org',
      'npx latchkey apps set-oidc Handbook \\\n' +
        '  --redirect-uri https://handbook.example.org/callback \\\n' +
        '  --post-logout-redirect-uri https://handbook.example.org/ \\\n' +
        "  --back-channel-logout-uri 'https://handbook.example.org/callback?logout=backchannel'",
    ],
    folder: 'new',
    asService: true,
    prints: /AUTH_CLIENT_SECRET=lks_\w+[\s\S]*\/\.well-known\/openid-configuration/,
  },
  {
    lines: [
      'npx latchkey apps create Wiki --origin https://wiki.example.com',
      "npx latchkey apps rules add Wiki '/admin/*' --allow staff",
      "npx latchkey apps rules add Wiki '/public/*' --allow public --before '/admin/*'",
      'npx latchkey apps rules list Wiki',
    ],
    folder: 'new',
    asService: true,
    prints: /\/public\/\*[\s\S]*\/admin\/\*/,
  },
  {
    lines: ['npx latchkey apps create Board --origin https://app2.example.com'],
    folder: 'new',
    asService: true,
    prints: /AUTH_CLIENT_ID=\S+\s+AUTH_CLIENT_SECRET=lks_\w+/,
  },
  {
    lines: ['npx latchkey apps token-scopes Board --scope cards.read --scope cards.write'],
    folder: 'new',
    asService: true,
    prints: /cards\.read cards\.write/,
  },
  {
    lines: [
      'curl https://auth.example.com/token --user "$AUTH_CLIENT_ID:$AUTH_CLIENT_SECRET" \\\n' +
        "  --data-urlencode 'grant_type=client_credentials'",
    ],
    folder: 'new',
    asService: true,
    prints: /"access_token":"lk_\w{49}"/,
  },
  {
    lines: [
      `curl https://auth.example.com/api/tokens --json '{"email": "ada@example.com", "password": "…", "device_name": "Phone"}'`,
    ],
    folder: 'new',
    asService: true,
    prints: /"lk_\w{49}"/,
  },
  {
    lines: ["curl https://auth.example.com/revoke --data-urlencode 'token=lk_…'"],
    folder: 'new',
    asService: true,
    // A success has no body, and a refusal is a problem.
    prints: /^(?![\s\S]*"code":)/,
  },
  {
    lines: [
      "curl https://auth.example.com/device/code --data-urlencode 'device_name=Living room'",
      "curl https://auth.example.com/device/token --data-urlencode 'device_code=lkd_…'",
    ],
    folder: 'new',
    asService: true,
    prints: /"device_code"[\s\S]*authorization_pending/,
  },
  { lines: ['mkdir auth && cd auth && npm init -y && npm install @latchkey/auth-service'], folder: 'docker' },
  {
    lines: [
      'docker compose exec auth npx latchkey createsuperuser',
      'docker compose exec auth npx latchkey doctor',
      'docker compose exec auth npx latchkey backup /data/backup.sqlite',
    ],
    folder: 'docker',
    asService: true,
    prints: /Created the superuser[\s\S]*backup\.sqlite/,
  },
  {
    lines: [
      '(cd auth && npm install @latchkey/auth-service@latest)',
      'docker compose up --build --detach auth',
    ],
    folder: 'docker',
    without: {
      'docker compose up --build --detach auth': 'Docker does not run here; docker.test.ts checks the files',
    },
  },
  {
    lines: [
      'systemctl stop latchkey',
      'rm -f latchkey.sqlite-wal latchkey.sqlite-shm',
      'cp backup.sqlite latchkey.sqlite && chown latchkey: latchkey.sqlite',
      'systemctl start latchkey',
    ],
    folder: 'docker',
    without: {
      'systemctl stop latchkey': 'systemd does not run here',
      'systemctl start latchkey': 'systemd does not run here',
    },
  },
]

/** Settings of an app, in place of commands. */
export const SETTINGS: readonly string[] = [
  'LOGIN_URL=https://auth.example.com/login\nOWN_URL=https://app1.example.com',
  'LOGIN_URL=http://auth.team.localhost:4000/login\nOWN_URL=http://app1.team.localhost:3000',
]

/** The block of the README that is pasted while the demo runs. */
export const WITH_DEMO = /token=\$\(curl --silent http:\/\/auth\.demo\.localhost:4000\/api\/tokens[^`]*/

/** Blocks that no test types as they are, and why. */
export const UNTYPED: Readonly<Record<string, string>> = {
  'AUTH_CLIENT_ID=…\nAUTH_CLIENT_SECRET=lks_…': '"npx latchkey apps create" prints these, as its block says',
  "curl https://app2.example.com/api/cards --header 'Authorization: Bearer lk_…'":
    'an app of the reader answers; test/docs/api-tokens.test.ts runs that app',
  'npx latchkey doctor --app-database file:../app1/app.sqlite':
    'it is the database of another app; app-database-check.test.ts looks at one on SQLite and on Postgres',
  'npx latchkey doctor https://wiki.example.com/page':
    'the site is behind a proxy; the doctor visits one behind nginx, Caddy, HAProxy and Apache in forward-auth-check.test.ts',
  'npx latchkey grant-reader board_reader --create':
    'the service here is on SQLite; grant-reader-command.test.ts runs it on Postgres',
  'npm ci && npm run demo':
    'npm ci would replace the packages that this test runs on; test/examples/demo.test.ts runs the demo',
  'npm ci && npm run setup && npm test': '.ci/run runs this line, and this test with it',
  'npm exec -- vitest run test/auth-service/accounts/registration.test.ts\nnpm test -- -t storm':
    'they run tests themselves; what they name is looked up here',
  'pg_dump --format=custom --file=latchkey.dump "$DATABASE_URL"\npg_restore --clean --if-exists --single-transaction --dbname="$DATABASE_URL" latchkey.dump':
    "the tests' Postgres comes without its client programs, and those of the machine may be older",
}
