import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { deadPort } from './dead-port.ts'
import { findProgram } from './programs.ts'

/** Registers what ends with the test, or with all tests of a file. */
export type AtEnd = (task: () => void | Promise<void>) => void

/** A certificate, and the private authority that signed it. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** The authority's certificate, in PEM. */
  readonly authority: string
}

/**
 * Starts nginx in front of a port, with these lines in its `location /`, and others in its `server`, until the test
 * ends; returns its port.
 */
export async function startNginx(
  upstream: number,
  lines: readonly string[] = [],
  certificate?: Certificate,
  ofServer: readonly string[] = [],
): Promise<number> {
  const port = await deadPort()
  const tls = certificate
    ? `ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key};`
    : ''
  const server = `server {
        listen 127.0.0.1:${port}${certificate ? ' ssl' : ''}; ${tls} ${ofServer.join(' ')}
        location / { proxy_pass http://127.0.0.1:${upstream}; ${lines.join(' ')} }
      }`
  await runNginx(server, port)
  return port
}

/** Runs nginx with this content of its `http`, which listens on that port, until the test ends. */
export async function runNginx(content: string, port: number, atEnd: AtEnd = onTestFinished): Promise<void> {
  const folder = temporaryFolder(atEnd)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  )
  const config = join(folder, 'nginx.conf')
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr;
    events {}
    http {
      access_log off; ${paths.join(' ')}
      ${content}
    }`,
  )
  await run(findProgram('nginx'), ['-c', config, '-p', folder, '-e', 'stderr'], port, {}, atEnd)
}

/** Starts Caddy in front of a port, with these lines in its `reverse_proxy`, until the test ends; returns its port. */
export async function startCaddy(upstream: number, lines: readonly string[] = []): Promise<number> {
  const port = await deadPort()
  const site = `http://:${port} {
      bind 127.0.0.1
      reverse_proxy 127.0.0.1:${upstream} {
        ${lines.join('\n        ')}
      }
    }`
  await runCaddy(site, port, ['auto_https off'])
  return port
}

/** Runs Caddy with these sites and global options, which listens on that port, until the test ends. */
export async function runCaddy(sites: string, port: number, options: readonly string[]): Promise<void> {
  const folder = temporaryFolder()
  const config = join(folder, 'Caddyfile')
  writeFileSync(
    config,
    `{
      admin off
      storage file_system ${folder}
      ${options.join('\n      ')}
    }
    ${sites}`,
  )
  await run(findProgram('caddy'), ['run', '--config', config, '--adapter', 'caddyfile'], port, {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_DATA_HOME: folder,
  })
}

/**
 * Runs HAProxy with this configuration, which listens on that port, until the test ends; in it, `FOLDER/` is where the
 * files are.
 */
export async function runHaproxy(
  config: string,
  port: number,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  writeFileSync(join(folder, 'haproxy.cfg'), `${config.replaceAll('FOLDER/', `${folder}/`)}\n`)
  await run(findProgram('haproxy'), ['-db', '-f', join(folder, 'haproxy.cfg')], port)
}

const APACHE_MODULES = ['mpm_event', 'authz_core', 'alias', 'headers', 'lua', 'proxy', 'proxy_http', 'ssl']

/** Runs Apache with these sites, as {@link runHaproxy} does, and with further modules. */
export async function runApache(
  sites: string,
  port: number,
  files: Readonly<Record<string, string>> = {},
  further: readonly string[] = [],
  atEnd: AtEnd = onTestFinished,
): Promise<void> {
  const folder = temporaryFolder(atEnd)
  // Its child process is another user.
  chmodSync(folder, 0o755)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  const modules = [...APACHE_MODULES, ...further].map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  )
  const isRoot = process.getuid?.() === 0
  const config = [
    ...modules,
    `ServerRoot ${folder}`,
    `PidFile ${folder}/pid`,
    `DefaultRuntimeDir ${folder}`,
    `ErrorLog ${folder}/error.log`,
    'ServerName localhost',
    ...(isRoot ? ['User www-data', 'Group www-data'] : []),
    sites.replaceAll('FOLDER/', `${folder}/`),
  ]
  writeFileSync(join(folder, 'httpd.conf'), `${config.join('\n')}\n`)
  await run(findProgram('apache2'), ['-X', '-f', join(folder, 'httpd.conf')], port, {}, atEnd)
}

/** Creates an authority and its certificate for these hosts with openssl. */
export const makeCertificate = (...hosts: readonly string[]): Certificate => certificateFor(hosts)

/** As {@link makeCertificate}, until that ends. */
export function certificateFor(hosts: readonly string[], atEnd: AtEnd = onTestFinished): Certificate {
  const folder = temporaryFolder(atEnd)
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=Private')
  openssl('req', ...newKey, '-keyout', at('key.pem'), '-out', at('csr.pem'), '-subj', `/CN=${hosts[0]}`)
  writeFileSync(at('ext'), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`)
  openssl(
    ...['x509', '-req', '-in', at('csr.pem'), '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
    ...['-CAcreateserial', '-out', at('cert.pem'), '-days', '2', '-extfile', at('ext')],
  )
  return { cert: at('cert.pem'), key: at('key.pem'), authority: readFileSync(at('ca.pem'), 'utf8') }
}

function temporaryFolder(atEnd: AtEnd = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-proxy-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function run(
  program: string,
  args: readonly string[],
  port: number,
  env: NodeJS.ProcessEnv = {},
  atEnd: AtEnd = onTestFinished,
) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  atEnd(() => stop(child))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`)
    await pause(20)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
