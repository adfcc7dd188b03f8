import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const from = resolve(root, 'clients/django/latchkey_django.py')
const to = resolve(root, 'auth-service/assets/django/latchkey_django.py')

/** Gives the auth service its own copy of the file for Django, which `latchkey add` writes into projects. */
export function shipDjango(): void {
  mkdirSync(dirname(to), { recursive: true })
  // The same content stays untouched, since another process may be reading it.
  if (!existsSync(to) || !readFileSync(from).equals(readFileSync(to))) cpSync(from, to)
}
