import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../auth-service/src/platform/config/config.ts'
import { createService } from '../../auth-service/src/service.ts'
import { serve } from '../../auth-service/src/web/server.ts'
import { readOptions } from '../../jwt-middleware/src/options.ts'
import { settingsRead } from '../auth-service/support/settings.ts'
import { blocksOf } from './pages.ts'

const root = resolve(import.meta.dirname, '../..')
const blocks = blocksOf('docs/recipes/docker.md')
const named = (name: string): string => blocks.find(({ code }) => code.startsWith(`# ${name}\n`))?.code ?? ''
const compose = parse(named('compose.yaml'))
const dockerfiles = { auth: named('auth/Dockerfile'), app1: named('app1/Dockerfile') } as const
type Name = keyof typeof dockerfiles

const parsed = (name: Name) => DockerfileParser.parse(dockerfiles[name])
const envOf = (name: Name): Record<string, string> => ({
  ...Object.fromEntries(
    parsed(name)
      .getENVs()
      .flatMap((env) => env.getProperties().map((one) => [one.getName(), one.getValue() ?? ''])),
  ),
  ...compose.services[name].environment,
})
const argumentsOf = (name: Name, keyword: string) =>
  parsed(name)
    .getInstructions()
    .filter((one) => one.getKeyword() === keyword)
    .map((one) => one.getArgumentsContent())

/** The command of the health check, as Docker runs it. */
function healthCommand(name: Name): string[] {
  const [, command = ''] = /^HEALTHCHECK [^[]*CMD (\[.*\])$/m.exec(dockerfiles[name]) ?? []
  return JSON.parse(command)
}

describe.each<Name>(['auth', 'app1'])('The Dockerfile of %s', (name) => {
  it('is valid, and runs without root', () => {
    expect(validate(dockerfiles[name])).toEqual([])
    expect(argumentsOf(name, 'USER')).toEqual(['node'])
    const last = dockerfiles[name].lastIndexOf('FROM')
    expect(dockerfiles[name].indexOf('USER node')).toBeGreaterThan(last)
  })

  it('keeps data in the volume that compose.yaml mounts, in a folder of that user', () => {
    const [volume] = argumentsOf(name, 'VOLUME')
    expect(compose.services[name].volumes).toEqual([`${name}:${volume}`])
    expect(compose.volumes).toHaveProperty(name)
    expect(argumentsOf(name, 'RUN')).toContain(`mkdir ${volume} && chown node:node ${volume}`)
  })

  it('checks the port that it exposes', () => {
    const [port] = argumentsOf(name, 'EXPOSE')
    expect(healthCommand(name).join(' ')).toContain(`http://127.0.0.1:${port}/healthz`)
    const caddyfile = blocks.find(({ language }) => language === 'caddyfile')?.code
    expect(caddyfile).toContain(`reverse_proxy ${name}:${port}\n`)
  })
})

describe('The container of the auth service', () => {
  const given: Record<string, string> = {
    ...envOf('auth'),
    SECRET_KEY: 'only the tests know this secret of theirs',
  }

  it('has settings that exist, and that the service accepts', () => {
    const { NODE_ENV, ...settings } = given
    expect(NODE_ENV).toBe('production')
    expect(settingsRead()).toEqual(expect.arrayContaining(Object.keys(settings)))
    const { services, networks } = compose
    const [{ subnet }] = networks.family.ipam.config
    const config = readConfig(given)
    expect(config).toMatchObject({ host: '0.0.0.0', port: 4000, internalHost: '0.0.0.0', internalPort: 4001 })
    expect(config.databaseUrl).toMatch(/^file:\/data\//)
    const { ipv4_address: proxy } = services.proxy.networks.family
    expect(config.trustedProxies).toEqual([{ address: proxy, prefix: 32 }])
    expect(proxy.startsWith(subnet.replace(/\.0\/24$/, '.'))).toBe(true)
  })

  it('starts the program of the package, which needs no other process to hear SIGTERM', () => {
    const { bin } = JSON.parse(readFileSync(resolve(root, 'auth-service/package.json'), 'utf8'))
    const [command] = argumentsOf('auth', 'CMD')
    expect(JSON.parse(command ?? '')).toEqual([
      'node',
      `node_modules/@latchkey/auth-service/${bin['latchkey-auth']}`,
    ])
    // The service takes 10 s at most.
    expect(Number.parseInt(compose.services.auth.stop_grace_period, 10)).toBeGreaterThan(10)
  })

  it('is healthy while the service runs, and not when it is down or has no database', async () => {
    const config = readConfig({
      ...given,
      HOST: '127.0.0.1',
      PORT: '0',
      INTERNAL_HOST: '127.0.0.1',
      INTERNAL_PORT: '0',
      DATABASE_URL: ':memory:',
      LOG_LEVEL: 'silent',
    })
    const server = await serve(await createService(config))
    const { port } = server.address
    expect(await health(port)).toBe(0)
    await server.close()
    expect(await health(port), 'down').toBe(1)
    const broken = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1')
    onTestFinished(() => void broken.close())
    await once(broken, 'listening')
    expect(await health((broken.address() as AddressInfo).port), '503').toBe(1)
  })

  async function health(port: number): Promise<number> {
    const [, ...args] = healthCommand('auth')
    const child = spawn(
      process.execPath,
      args.map((text) => text.replace('4000', String(port))),
    )
    const [code] = await once(child, 'close')
    return code
  }
})

it('the container of the app has settings that auth() accepts, and the address of the listener for apps', () => {
  const { LOGIN_URL, OWN_URL, AUTH_INTERNAL_URL } = envOf('app1')
  const options = readOptions({}, { LOGIN_URL, OWN_URL, AUTH_INTERNAL_URL })
  expect(options).toMatchObject({
    issuer: envOf('auth').AUTH_URL,
    internalOrigin: `http://auth:${envOf('auth').INTERNAL_PORT}`,
    familyDomain: envOf('auth').COOKIE_DOMAIN,
  })
})
