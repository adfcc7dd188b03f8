import { blocksOf } from '../docs/pages.ts'
import { deadPort } from './dead-port.ts'
import { runApache, runCaddy, runHaproxy, runNginx } from './proxies.ts'

interface Upstreams {
  readonly auth: number
  readonly site: number
}

/** Changes the sample, to break it. */
type Edit = (config: string) => string

const block = (language: string, text = ''): string =>
  blocksOf('docs/forward-auth.md').find((one) => one.language === language && one.code.includes(text))
    ?.code ?? ''

/** A sample for the demo family on this port, without TLS. */
const plain = (config: string, { auth, site }: Upstreams, port: number): string =>
  config
    .replaceAll('127.0.0.1:4000', `127.0.0.1:${auth}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${site}`)
    .replaceAll('https://wiki.example.com', `http://wiki.demo.localhost:${port}`)
    .replaceAll('example.com', 'demo.localhost')

/** The samples of docs/forward-auth.md in front of a site, over http; each returns the address of the site. */
export const PLAIN_PROXIES = {
  async nginx(upstreams: Upstreams, edit: Edit = (it) => it): Promise<string> {
    const port = await deadPort()
    const config = plain(block('nginx'), upstreams, port)
      .replace(/^ssl_certificate.*$/gm, '')
      .replaceAll('listen 443 ssl', `listen 127.0.0.1:${port}`)
      .replaceAll('https://$server_name', `http://$server_name:${port}`)
    await runNginx(edit(config), port)
    return `http://wiki.demo.localhost:${port}`
  },

  async caddy(upstreams: Upstreams, edit: Edit = (it) => it): Promise<string> {
    const port = await deadPort()
    const config = plain(block('caddyfile'), upstreams, port).replaceAll(
      /^(\w+\.demo\.localhost) \{/gm,
      `http://$1:${port} {`,
    )
    await runCaddy(edit(config), port, ['auto_https off', 'default_bind 127.0.0.1'])
    return `http://wiki.demo.localhost:${port}`
  },

  async haproxy(upstreams: Upstreams, edit: Edit = (it) => it): Promise<string> {
    const port = await deadPort()
    const config = plain(block('haproxy'), upstreams, port)
      .replace(/bind :443.*/, `bind 127.0.0.1:${port}`)
      .replace('X-Forwarded-Proto https', 'X-Forwarded-Proto http')
      .replace('/etc/haproxy/', 'FOLDER/')
    const lua = plain(block('lua', 'core.register_action'), upstreams, port)
    await runHaproxy(config, port, { 'latchkey.lua': edit(lua) })
    return `http://wiki.demo.localhost:${port}`
  },

  async apache(upstreams: Upstreams, edit: Edit = (it) => it): Promise<string> {
    const port = await deadPort()
    const sites = plain(block('apache'), upstreams, port)
      .replace(/^ *SSL.*$/gm, '')
      .replaceAll('*:443', `127.0.0.1:${port}`)
      .replaceAll('X-Forwarded-Proto https', 'X-Forwarded-Proto http')
      .replace('/etc/apache2/', 'FOLDER/')
    const lua = plain(block('lua', 'r:headers_in_table'), upstreams, port).replace(
      '"https://" .. r.server_name',
      `"http://" .. r.server_name .. ":${port}"`,
    )
    await runApache(`Listen 127.0.0.1:${port}\n${sites}`, port, { 'latchkey.lua': edit(lua) })
    return `http://wiki.demo.localhost:${port}`
  },
}
