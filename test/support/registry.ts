import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { PACKAGES, type PackageName } from '../../scripts/packing.ts'

const root = resolve(import.meta.dirname, '../..')

/** A registry with this repository's packages below `@latchkey/`, as npm asks for them once they are published. */
export interface Registry {
  /** Makes npm ask it; for the environment of a process. */
  readonly env: Readonly<Record<string, string>>
  /** All packages of this repository, for a manifest; the one outside `@latchkey/` is a file. */
  readonly dependencies: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** What npm reads from the user's own file: it holds how to reach the other packages. */
function ownUserConfig(): string {
  const path = process.env.npm_config_userconfig ?? join(homedir(), '.npmrc')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/**
 * Publishes the tarballs on a free port of 127.0.0.1. npm unpacks a tarball from a registry once, and one that it finds
 * in a folder three times.
 */
export async function startRegistry(tarballs: Readonly<Record<PackageName, string>>): Promise<Registry> {
  const files = new Map<string, { readonly type: string; readonly content: Buffer | string }>()
  const server = createServer((request, response) => {
    const file = files.get(decodeURIComponent(request.url ?? ''))
    response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' })
    response.end(file?.content ?? 'There is no such package.')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  const dependencies: Record<string, string> = {}
  for (const [name, path] of Object.entries(tarballs) as [PackageName, string][]) {
    const content = readFileSync(path)
    const manifest = JSON.parse(readFileSync(join(root, PACKAGES[name], 'package.json'), 'utf8'))
    dependencies[name] = name.startsWith('@') ? manifest.version : `file:${path}`
    const tarball = `-/${basename(path)}`
    const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`
    const versions = { [manifest.version]: { ...manifest, dist: { tarball: url + tarball, integrity } } }
    const answer = { name, 'dist-tags': { latest: manifest.version }, versions }
    files.set(`/${name}`, { type: 'application/json', content: JSON.stringify(answer) })
    files.set(`/${tarball}`, { type: 'application/octet-stream', content })
  }

  // A file, since shells such as dash drop a variable whose name has an @ (npm_config_@latchkey:registry).
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-registry-'))
  const userConfig = join(folder, 'npmrc')
  writeFileSync(userConfig, `${ownUserConfig()}\n@latchkey:registry=${url}\n`, { mode: 0o600 })

  return {
    dependencies,
    env: { npm_config_userconfig: userConfig },
    async close() {
      rmSync(folder, { recursive: true, force: true })
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
