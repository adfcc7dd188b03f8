/** Installs what the tests need and this machine lacks, and nothing else. `npm run setup` runs it. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findAuthlib } from './support/authlib.ts'
import { findChromium, SHELL } from './support/chromium.ts'
import { findDjango } from './support/django.ts'
import { findOldSqlite, installOldSqlite, OLD_SQLITES } from './support/oldest-versions.ts'
import { findNode, installNode, OTHER_NODES } from './support/other-nodes.ts'
import { findPgBouncer } from './support/pgbouncer.ts'
import { findPostgresUser } from './support/postgres.ts'
import { findProgram, locate } from './support/programs.ts'
import { findMellon, findPysaml2, findSimpleSamlPhp } from './support/service-providers.ts'

interface Need {
  readonly what: string
  /** Throws if it is missing. */
  readonly find: () => string
  /** Its Debian packages. */
  readonly packages: readonly string[]
}

function findLuaSocket(): string {
  const file = '/usr/share/lua/5.3/socket/http.lua'
  if (!existsSync(file)) throw new Error(`${file} is missing`)
  return file
}

function findModAuthOpenidc(): string {
  const file = '/usr/lib/apache2/modules/mod_auth_openidc.so'
  if (!existsSync(file)) throw new Error(`${file} is missing`)
  return file
}

function findRubyJwt(): string {
  const ruby = findProgram('ruby')
  if (spawnSync(ruby, ['-e', "require 'jwt'"]).status !== 0) throw new Error('the gem jwt is missing')
  return ruby
}

const NEEDS: readonly Need[] = [
  { what: 'a browser', find: findChromium, packages: ['chromium'] },
  {
    what: 'Django, to import and export users, and for a project in the family',
    find: findDjango,
    packages: [
      'python3-django',
      'python3-jwt',
      'python3-cryptography',
      'python3-bcrypt',
      'python3-argon2',
      'python3-djangorestframework-simplejwt',
      'python3-psycopg2',
      'gunicorn',
      'python3-uvicorn',
    ],
  },
  {
    what: 'PHP and Ruby, for the recipes in other languages',
    find: () => [findProgram('php'), findRubyJwt()].join(),
    packages: ['php-cli', 'ruby', 'ruby-jwt'],
  },
  { what: 'a pooler in front of Postgres', find: findPgBouncer, packages: ['pgbouncer'] },
  {
    what: 'MariaDB',
    find: () => findProgram('mariadbd'),
    packages: ['mariadb-server'],
  },
  { what: 'curl', find: () => findProgram('curl'), packages: ['curl'] },
  { what: 'terminals', find: () => findProgram('script'), packages: ['bsdutils'] },
  { what: 'a load generator', find: () => findProgram('wrk'), packages: ['wrk'] },
  { what: 'nginx', find: () => findProgram('nginx'), packages: ['nginx'] },
  { what: 'systemd, to check units', find: () => findProgram('systemd-analyze'), packages: ['systemd'] },
  { what: 'Caddy', find: () => findProgram('caddy'), packages: ['caddy'] },
  { what: 'HAProxy', find: () => findProgram('haproxy'), packages: ['haproxy'] },
  // Without the service that the package apache2 would start.
  { what: 'Apache', find: () => findProgram('apache2'), packages: ['apache2-bin'] },
  {
    what: 'OpenID Connect for Apache',
    find: findModAuthOpenidc,
    packages: ['libapache2-mod-auth-openidc'],
  },
  {
    what: 'Authlib, for an app by OpenID Connect',
    find: findAuthlib,
    packages: ['python3-authlib', 'python3-flask', 'python3-requests'],
  },
  { what: 'sockets of Lua, for Apache', find: findLuaSocket, packages: ['lua-socket'] },
  {
    what: 'service providers of SAML for Apache, in Python and in PHP',
    find: () => [findMellon(), findPysaml2(), findSimpleSamlPhp()].join(),
    // With a server for PHP that needs no service of Apache's, and a database for its sessions.
    packages: [
      'libapache2-mod-auth-mellon',
      'python3-pysaml2',
      'php-cgi',
      'php-sqlite3',
      'php-xml',
      'simplesamlphp',
    ],
  },
  {
    what: 'a compiler, for older SQLite drivers',
    find: () => [findProgram('g++'), findProgram('make'), findProgram('python3')].join(),
    packages: ['g++', 'make', 'python3'],
  },
]

const isThere = ({ find }: Pick<Need, 'find'>): boolean => {
  try {
    find()
    return true
  } catch {
    return false
  }
}

/** Postgres refuses root, so that root needs a user for it. */
function createPostgresUser(): void {
  if (isThere({ find: findPostgresUser })) return
  console.log('Creating a user for Postgres: useradd --system postgres')
  spawnSync('useradd', ['--system', '--user-group', 'postgres'], { stdio: 'inherit' })
  findPostgresUser()
}

/** Runs apt-get as root; returns whether it succeeded. */
function aptGet(...args: string[]): boolean {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo']
  const [command, ...rest] = [...asRoot, 'apt-get', '-qq', ...args] as [string, ...string[]]
  const { status } = spawnSync(command, rest, {
    stdio: ['inherit', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return status === 0
}

createPostgresUser()
for (const major of OTHER_NODES.filter((one) => !isThere({ find: () => findNode(one) }))) {
  console.log(`Installing Node ${major}, as some have it: npm install node@${major}`)
  installNode(major)
}
const missing = NEEDS.filter((need) => !isThere(need))
if (missing.length > 0) {
  const packages = missing.flatMap((need) => need.packages)
  console.log(
    `Installing ${missing.map(({ what }) => what).join('; ')}: apt-get install ${packages.join(' ')}`,
  )
  const installed = aptGet('update') && aptGet('install', '-y', '--no-install-recommends', ...packages)
  const left = missing.filter((need) => !isThere(need))
  if (!installed || left.length > 0) {
    console.error(
      `Still missing: ${left.map(({ what }) => what).join('; ') || 'nothing, but apt-get failed'}.`,
    )
    console.error(
      `Install the equivalents of these Debian packages: ${packages.join(' ')}. Then run npm run setup again.`,
    )
    process.exit(1)
  }
}
if (locate(SHELL) === null && spawnSync('apt-cache', ['show', SHELL]).status === 0) {
  // Debian alone has it. Where it can't be installed, the whole browser does the same with more CPU time.
  console.log(`Installing the browser's shell without windows: apt-get install ${SHELL}`)
  aptGet('install', '-y', '--no-install-recommends', SHELL)
}
for (const versions of OLD_SQLITES.filter((one) => !isThere({ find: () => findOldSqlite(one).binary }))) {
  console.log(`Installing better-sqlite3 ${versions.driver}, and compiling it if no binary can be downloaded`)
  installOldSqlite(versions)
}
console.log('All test dependencies are installed. Next: npm test')
