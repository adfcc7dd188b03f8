import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const root = resolve(import.meta.dirname, '../../../..')
const SOURCE = 'src/platform/process/compile-cache.ts'

/** A package with a module that is compiled, and what its program prints. */
function createPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-compiled-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join(root, 'auth-service', SOURCE), join(folder, SOURCE))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'greet.js'), "export const greet = () => console.log('hello')\n")
  writeFileSync(
    join(folder, 'main.js'),
    `import { keepCompiledCode } from './${SOURCE}'
    keepCompiledCode()
    const { greet } = await import('./greet.js')
    greet()`,
  )
  const cache = join(folder, '.compile-cache')
  const run = (env = {}) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['main.js'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
    })
    return stdout + stderr
  }
  return { folder, cache, run }
}

const filesIn = (folder: string) => globSync('**/*', { cwd: folder }).filter((path) => /\/\w+$/.test(path))

it('compiled code is kept in the package, for the user of the process alone', () => {
  const { cache, run } = createPackage()
  expect(run()).toBe('hello\n')
  const kept = filesIn(cache)
  expect(kept.length).toBeGreaterThan(0)
  for (const path of kept) expect(statSync(join(cache, path)).mode & 0o077).toBe(0)
  expect(run()).toBe('hello\n')
  expect(filesIn(cache)).toEqual(kept)
})

it('compiled code is kept where NODE_COMPILE_CACHE says, if it is set', () => {
  const { folder, cache, run } = createPackage()
  const elsewhere = join(folder, 'elsewhere')
  expect(run({ NODE_COMPILE_CACHE: elsewhere })).toBe('hello\n')
  expect(filesIn(elsewhere).length).toBeGreaterThan(0)
  expect(filesIn(cache)).toEqual([])
})

it('nothing is kept where the folder can’t be written', () => {
  const { cache, run } = createPackage()
  writeFileSync(cache, 'a file in its place')
  expect(run()).toBe('hello\n')
})

it.each(['main.js', 'cli.js'])('the built dist/%s keeps it beside dist, not within', (program) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-compiled-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // A copy, whose packages and assets are those of the repository.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  symlinkSync(join(root, 'auth-service/assets'), join(folder, 'assets'), 'junction')
  cpSync(join(root, 'auth-service/dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(root, 'auth-service/package.json'), join(folder, 'package.json'))
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'dist', program), '--version'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
  expect(status, stderr).toBe(0)
  expect(filesIn(join(folder, '.compile-cache')).length).toBeGreaterThan(0)
  expect(globSync('**/.compile-cache', { cwd: join(folder, 'dist') })).toEqual([])
})
