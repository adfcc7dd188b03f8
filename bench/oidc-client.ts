import { Agent, request } from 'node:http'

/** The client of the bare provider; the auth service makes one of its own. */
export const BENCH_CLIENT = { id: 'bench', secret: 'a-secret-of-the-benchmark-alone' }

export interface ClientCredentials {
  readonly id: string
  readonly secret: string
}

export const REDIRECT_URI = 'https://partner.example/callback'

/** From RFC 7636, appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const agent = new Agent({ keepAlive: true })

interface Answer {
  readonly status: number
  readonly location: string
  readonly cookies: readonly string[]
  readonly text: string
}

function send(url: string, method: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { method, agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => {
        const { location = '', 'set-cookie': cookies = [] } = answer.headers
        resolve({ status: answer.statusCode ?? 0, location, cookies, text })
      })
    })
      .on('error', reject)
      .end(body)
  })
}

/** A browser that is signed in, and the app behind it. */
export interface OidcVisitor {
  /** Authorizes the app; resolves to a code. */
  authorize(): Promise<string>
  /** Exchanges a code; resolves to a refresh token. */
  exchange(code: string): Promise<string>
  /** Resolves to the next refresh token. */
  refresh(token: string): Promise<string>
}

export interface OidcProviderUnderTest {
  /** Where it listens. */
  readonly url: string
  /** The host that it believes to have. */
  readonly host: string
  readonly client: ClientCredentials
  /** Where the endpoints are. */
  readonly paths: { readonly auth: string; readonly token: string }
  /** The cookies of a browser. */
  readonly cookies: ReadonlyMap<string, string>
}

export function createOidcVisitor(provider: OidcProviderUnderTest): OidcVisitor {
  const { url, host, client, paths } = provider
  const cookies = new Map(provider.cookies)
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })
  const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
  const form = { host, authorization, 'content-type': 'application/x-www-form-urlencoded' }

  async function get(target: string): Promise<Answer> {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    // Browsers resolve *.localhost, and Node does not.
    const { pathname, search } = new URL(target, url)
    const answer = await send(`${url}${pathname}${search}`, 'GET', { host, cookie, accept: 'text/html' })
    for (const line of answer.cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      // Those of one authorization have its path.
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }

  async function grant(fields: Record<string, string>): Promise<string> {
    const answer = await send(`${url}${paths.token}`, 'POST', form, new URLSearchParams(fields).toString())
    const { refresh_token: next } = answer.status === 200 ? JSON.parse(answer.text) : {}
    if (typeof next !== 'string')
      throw new Error(`The token endpoint answered ${answer.status}: ${answer.text}`)
    return next
  }

  return {
    async authorize() {
      let target = `${paths.auth}?${query}`
      for (let step = 0; step < 6; step++) {
        const { location, status } = await get(target)
        const code = location.startsWith(REDIRECT_URI) ? new URL(location).searchParams.get('code') : null
        if (code !== null) return code
        if (location === '') throw new Error(`${target} answered ${status}.`)
        target = location
      }
      throw new Error(`No code after six redirects, the last one to ${target}.`)
    },
    exchange: (code) =>
      grant({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER }),
    refresh: (token) => grant({ grant_type: 'refresh_token', refresh_token: token }),
  }
}
