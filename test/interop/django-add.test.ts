import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { devAndAdd } from '../support/dev-and-add.ts'
import { findDjango } from '../support/django.ts'
import { startLatchkey, startProgram, tempApp } from '../support/temp-app.ts'
import { createVisitor } from '../support/visitor.ts'

const URLS = `from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("Hello " + getattr(request.user, "email", "nobody")))]
`

it('two commands lead from a new project of Django to a signed-in user, and to a green doctor', {
  timeout: 300_000,
}, async () => {
  const python = findDjango()
  const folder = tempApp()
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(python, args, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
  }
  run('-m', 'django', 'startproject', 'mysite', '.')
  writeFileSync(join(folder, 'mysite/urls.py'), URLS)
  const wrote = ['latchkey_django.py', 'mysite/settings.py']
  const { own, appPort, loginUrl, user, said } = await devAndAdd(folder, ...wrote)
  expect(said).toContain(`npx latchkey doctor ${own}/`)
  run('manage.py', 'migrate')
  const app = startProgram(python, folder, [
    '-u',
    'manage.py',
    'runserver',
    '--noreload',
    `127.0.0.1:${appPort}`,
  ])
  onTestFinished(() => void app.child.kill('SIGKILL'))
  await app.until(/Quit the server/)

  const visitor = createVisitor()
  expect((await visitor.visit(own)).html).toBe('Hello nobody')
  const login = await visitor.visit(loginUrl)
  expect((await visitor.submit(login, '/login', user)).html).toBe(`Hello ${user.email}`)

  const settings = readFileSync(join(folder, 'mysite/settings.py'), 'utf8')
  const again = startLatchkey(folder, ['add', '--yes'])
  expect([await again.ended, again.output()]).toEqual([0, expect.stringContaining('There is nothing to do')])
  expect(readFileSync(join(folder, 'mysite/settings.py'), 'utf8')).toBe(settings)
  expect(again.output()).toContain('The doctor on the running app:')
  expect(again.output()).not.toContain('FAIL')
})
