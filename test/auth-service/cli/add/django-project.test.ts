import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planChanges } from '../../../../auth-service/src/cli/add/plan.ts'
import { tempApp } from '../../../support/temp-app.ts'

const SETTINGS = {
  LOGIN_URL: 'http://auth.team.localhost:4000/login',
  OWN_URL: 'http://app1.team.localhost:8001',
}
const MANAGE = `import os
def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
`
const BEFORE = `DEBUG = True

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    # Who is it?
    "django.contrib.auth.middleware.AuthenticationMiddleware",  # of Django

    "django.contrib.messages.middleware.MessageMiddleware",
]

STATIC_URL = "static/"
`
const AFTER = `${BEFORE.replace(
  'django.contrib.auth.middleware.AuthenticationMiddleware',
  'latchkey_django.LatchkeyMiddleware',
)}
LATCHKEY_LOGIN_URL = "${SETTINGS.LOGIN_URL}"
LATCHKEY_OWN_URL = "${SETTINGS.OWN_URL}"
`
const client = readFileSync(
  resolve(import.meta.dirname, '../../../../clients/django/latchkey_django.py'),
  'utf8',
)

const project = (settings: string, more: Readonly<Record<string, string>> = {}) =>
  tempApp({ 'manage.py': MANAGE, 'mysite/settings.py': settings, ...more })

function planOf(folder: string, given?: string, settings: Parameters<typeof planChanges>[2] = SETTINGS) {
  const plan = planChanges(folder, given, settings)
  if (!plan.ok) throw new Error(plan.reason)
  return plan.value
}

describe('A project of Django', () => {
  it('gets our file, the middleware in place of Django’s, and both settings', () => {
    const { edits, steps, start } = planOf(project(BEFORE))
    expect(edits.map(({ name, before, after }) => [name, before, after])).toEqual([
      ['latchkey_django.py', null, client],
      ['mysite/settings.py', BEFORE, AFTER],
    ])
    expect(steps[0]).toBe('Install what is missing: pip install PyJWT cryptography')
    expect(steps.at(-1)).toContain('@login_required')
    expect(start).toBe('python3 manage.py runserver 8001')
  })

  it('is left alone the second time', () => {
    const folder = project(BEFORE)
    for (const { path, after } of planOf(folder).edits) writeFileSync(path, after)
    expect(planOf(folder)).toMatchObject({ edits: [], steps: [] })
    expect(planOf(folder, undefined, { ...SETTINGS, OWN_URL: 'http://other.team.localhost' }).edits).toEqual(
      [],
    )
  })

  it('keeps its line breaks and quotes, and what is set already', () => {
    const windows = `${BEFORE.replaceAll('"', "'")}LATCHKEY_OWN_URL = 'http://mine'\n`.replaceAll(
      '\n',
      '\r\n',
    )
    const { edits } = planOf(project(windows))
    expect(edits[1]?.after).toContain("    'latchkey_django.LatchkeyMiddleware',  # of Django\r\n")
    expect(edits[1]?.after).toMatch(
      /LATCHKEY_OWN_URL = 'http:\/\/mine'\r\n\r\nLATCHKEY_LOGIN_URL = '[^']+'\r\n$/,
    )
    expect(edits[1]?.after.replaceAll('\r\n', '')).not.toContain('\n')
  })

  it('has settings where they are passed, or is told what to set', () => {
    const folder = project('', { 'mysite/base.py': BEFORE })
    const { edits, steps } = planOf(folder, 'mysite/base.py', { LOGIN_URL: undefined, OWN_URL: undefined })
    expect(edits.map(({ name }) => name)).toEqual(['latchkey_django.py', 'mysite/base.py'])
    expect(edits[1]?.after).not.toContain('LATCHKEY_')
    expect(steps.join('\n')).toContain('Set LATCHKEY_LOGIN_URL and LATCHKEY_OWN_URL in mysite/base.py.')
  })

  it('keeps a file of ours in another version, and says so', () => {
    const { edits, steps } = planOf(project(BEFORE, { 'latchkey_django.py': '# earlier\n' }))
    expect(edits.map(({ name }) => name)).toEqual(['mysite/settings.py'])
    expect(steps[0]).toContain('latchkey_django.py is of another version')
  })

  it('writes addresses as text of Python, whatever is in them', () => {
    const { edits } = planOf(project(BEFORE), undefined, {
      ...SETTINGS,
      LOGIN_URL: `http://a.test/login'"\\`,
    })
    expect(edits[1]?.after).toContain(`LATCHKEY_LOGIN_URL = "http://a.test/login\\'\\"\\\\"\n`)
  })

  it.each([
    ['no middleware', 'DEBUG = True\n', /does not have one list MIDDLEWARE/],
    ['a list in one line', 'MIDDLEWARE = ["a.B"]\n', /does not have one list MIDDLEWARE/],
    ['a list that is changed later', `${BEFORE}MIDDLEWARE += ["a.B"]\n`, /does not have one list/],
    [
      'a list with more than names',
      BEFORE.replace('    # Who', '    *MORE,\n    # Who'),
      /does not have one list/,
    ],
    ['a list that does not end', BEFORE.replace(']', ''), /does not have one list/],
    [
      'Django’s not in it',
      BEFORE.replace('AuthenticationMiddleware', 'Other'),
      /does not have django.contrib.auth.* once/,
    ],
    [
      'Django’s twice',
      `${BEFORE}X = "django.contrib.auth.middleware.AuthenticationMiddleware"\n`,
      /does not have django.contrib.auth.* once/,
    ],
  ])('with %s is not edited, and the lines are named', (_, settings, reason) => {
    const plan = planChanges(project(settings), undefined, SETTINGS)
    expect(plan.ok ? '' : plan.reason).toMatch(reason)
    expect(plan.ok ? '' : plan.reason).toContain(
      'replace django.contrib.auth.middleware.AuthenticationMiddleware',
    )
  })

  it('with settings in a package, or several, is not edited', () => {
    const split = tempApp({ 'manage.py': MANAGE, 'mysite/settings/base.py': BEFORE })
    const several = tempApp({ 'manage.py': MANAGE + MANAGE, 'mysite/settings.py': BEFORE })
    for (const [folder, reason] of [
      [split, 'there is no file mysite/settings.py'],
      [several, 'manage.py does not name one module of settings'],
    ] as const) {
      const plan = planChanges(folder, undefined, SETTINGS)
      expect(plan.ok ? '' : plan.reason).toContain(reason)
    }
  })
})
