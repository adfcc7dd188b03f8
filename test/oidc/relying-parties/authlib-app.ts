import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { findAuthlib } from '../../support/authlib.ts'
import { deadPort } from '../../support/dead-port.ts'
import type { AtEnd } from '../../support/proxies.ts'
import type { OutsideApp } from './outside-app.ts'

/** An app by Debian's Authlib: see authlib_app.py. */
export async function startAuthlibApp(atEnd: AtEnd): Promise<OutsideApp> {
  const python = findAuthlib()
  const url = `http://authlib.localhost:${await deadPort()}`
  return {
    url,
    redirectUri: `${url}/callback`,
    backChannelLogoutUri: null,
    async connect({ issuer, clientId, clientSecret }) {
      const child = spawn(python, [join(import.meta.dirname, 'authlib_app.py')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          ISSUER: issuer,
          OWN_URL: url,
          AUTH_CLIENT_ID: clientId,
          AUTH_CLIENT_SECRET: clientSecret,
        },
      })
      atEnd(async () => {
        if (child.exitCode !== null) return
        const ended = once(child, 'close')
        child.kill('SIGKILL')
        await ended
      })
      let said = ''
      await new Promise<void>((ready, fail) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8').on('data', (text: string) => {
            said += text
            if (said.includes('listening')) ready()
          })
        }
        child.once('exit', () => fail(new Error(`The app by Authlib ended: ${said}`)))
      })
    },
  }
}
