import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { opaqueToken } from '../../jwt-middleware/src/contract/opaque-token.ts'
import { blocksOf, readPage } from '../docs/pages.ts'
import { hostileNexts } from '../support/corpora.ts'
import { freshPostgres } from '../support/database.ts'
import { findDjango } from '../support/django.ts'

const root = resolve(import.meta.dirname, '../..')
const file = join(root, 'clients/django/latchkey_django.py')

describe('The client for Django', () => {
  it.each([
    ['SQLite', async () => ({})],
    ['Postgres', async () => ({ DATABASE: await freshPostgres() })],
  ])('passes its own tests on %s, with Django’s test client and a server of their own', async (_, open) => {
    const nexts = resolve(process.env.CORPORA_DIR ?? join(root, '../shared/corpora'), 'open-redirects.txt')
    // Fails where the corpus is required and missing.
    hostileNexts()
    const { status, stderr } = spawnSync(
      findDjango(),
      ['-B', resolve(import.meta.dirname, 'latchkey_django_test.py')],
      {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          ...(existsSync(nexts) && { HOSTILE_NEXTS: nexts }),
          ...(await open()),
        },
      },
    )
    expect(status, stderr).toBe(0)
    expect(stderr).toMatch(/^Ran \d\d tests /m)
  })

  it('is written in the syntax of Python 3.9, with lines of at most 120 characters', () => {
    const code = 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 9))'
    const { status, stderr } = spawnSync(findDjango(), ['-c', code], {
      encoding: 'utf8',
      input: readFileSync(file, 'utf8'),
    })
    expect(status, stderr).toBe(0)
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(lines.filter((line) => line.length > 120)).toEqual([])
  })

  it('needs nothing but Django, PyJWT and Python itself', () => {
    const imported = [...readFileSync(file, 'utf8').matchAll(/^(?:from|import) (\w+)/gm)].map(
      ([, name]) => name,
    )
    const code = 'import json, sys; print(json.dumps(sorted(sys.stdlib_module_names)))'
    const { stdout } = spawnSync(findDjango(), ['-c', code], { encoding: 'utf8' })
    const own: string[] = JSON.parse(stdout)
    const others = [...new Set(imported)].filter((name) => !own.includes(name ?? ''))
    expect(others.sort()).toEqual(['asgiref', 'django', 'jwt'])
  })
})

describe('The page about Django', () => {
  const python = blocksOf('docs/django.md').filter(({ language }) => language === 'python')
  const codeWith = (text: string) => python.find(({ code }) => code.includes(text))?.code ?? ''

  it('has lines to copy with which a project passes the checks of Django, the admin’s included', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-django-docs-'))
    const apps = ['admin', 'auth', 'contenttypes', 'sessions', 'messages']
    const settings = `
SECRET_KEY = "of a test"
ROOT_URLCONF = "urls"
INSTALLED_APPS = [${apps.map((name) => `"django.contrib.${name}"`)}]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ALLOWED_HOSTS = ["testserver"]
${codeWith('LATCHKEY_OWN_URL')}
${codeWith('LATCHKEY_SCOPES')}`
    const urls = `
from django.contrib import admin
from django.urls import path
import views
names = ("notes", "reports", "drafts", "groups", "group_list")
urlpatterns = [path("admin/", admin.site.urls), *(path(name, getattr(views, name)) for name in names)]
`
    const visit = `
import django
django.setup()
from django.test import Client
import urls
for name in urls.names:
    answer = Client().get(f"/{name}", HTTP_ACCEPT="text/html")
    print(answer.status_code, answer["Location" if answer.status_code == 302 else "WWW-Authenticate"])
`
    writeFileSync(join(folder, 'settings.py'), settings)
    const views = ['def notes', 'def group_list'].map(codeWith)
    writeFileSync(join(folder, 'views.py'), views.join('\n'))
    writeFileSync(join(folder, 'urls.py'), urls)
    const python = (...args: string[]) =>
      spawnSync(findDjango(), ['-B', ...args], {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          PYTHONPATH: `${folder}:${join(root, 'clients/django')}`,
          DJANGO_SETTINGS_MODULE: 'settings',
          AUTH_CLIENT_ID: 'A'.repeat(22),
          AUTH_CLIENT_SECRET: opaqueToken('app_secret', new Uint8Array(32)),
        },
      })
    const checked = python('-m', 'django', 'check', '--fail-level', 'WARNING')
    const visited = python('-c', visit)
    rmSync(folder, { recursive: true })
    expect(checked.status, checked.stderr).toBe(0)
    const links = ['notes', 'reports', 'drafts', 'groups'].map(
      (name) => `302 https://auth.example.com/login?next=https%3A%2F%2Fapp1.example.com%2F${name}`,
    )
    const challenge = '401 Bearer realm="https://app1.example.com", scope="auth.view_group"'
    expect(visited.stdout.trim().split('\n'), visited.stderr).toEqual([...links, challenge])
  })

  it('has every setting with its default', () => {
    const [, fields = ''] = /class Settings:([\s\S]*?)@property/.exec(readFileSync(file, 'utf8')) ?? []
    const defaults = [...fields.matchAll(/^ {4}(\w+): [^=\n]+(?: = "?([^"\n]*)"?)?$/gm)].map(
      ([, name = '', value]) => [
        `LATCHKEY_${name.toUpperCase()}`,
        value === '()' ? undefined : value || undefined,
      ],
    )
    const rows = [...readPage('docs/django.md').matchAll(/^\| `(LATCHKEY_\w+)` \| ([^|]+) \|/gm)].map(
      ([, name, value = '']) => [name, /^`(?!__|LATCHKEY)([^`]+)`$/.exec(value)?.[1]],
    )
    expect(rows).toEqual(defaults)
    expect(rows.length).toBeGreaterThan(10)
  })

  it('leads to log events, which include all of this client', () => {
    const events = [...readFileSync(file, 'utf8').matchAll(/log\.warn\([^,]+, "(\w+)"/g)].map(
      ([, name]) => name,
    )
    const [, ofApps = ''] = readPage('docs/log-events.md').split('## An app')
    expect(events.length).toBeGreaterThan(10)
    expect([...new Set(events)].filter((name) => !ofApps.includes(`| \`${name}\` |`))).toEqual([])
  })
})
