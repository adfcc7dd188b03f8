import { createServer, type ServerResponse } from 'node:http'
import { auth } from '@latchkey/jwt-middleware/node'
import { getIronSession } from 'iron-session'
import { createLocalUsers } from '../local-users.ts'
import { type CreateContender, emailOf, HTML, KEPT_PRIVATE, pageOf, REFUSAL } from './contender.ts'
import { byIronSession, IRON_SESSION, type IronData } from './iron-cookie.ts'
import { byToken } from './jwt-cookie.ts'

function answer(res: ServerResponse, email: string | undefined, more?: object): void {
  if (email === undefined) res.writeHead(401).end(REFUSAL)
  else {
    const body = Buffer.from(pageOf(email))
    res.writeHead(200, { 'Content-Type': HTML, 'Content-Length': body.length, ...more }).end(body)
  }
}

export const bareNode: CreateContender = ({ all }) => ({
  server: createServer((_req, res) => answer(res, all[0].email)),
  signIn: byToken,
})

export const privateNode: CreateContender = ({ all }) => ({
  server: createServer((_req, res) => answer(res, all[0].email, KEPT_PRIVATE)),
  signIn: byToken,
})

export const latchkeyNode: CreateContender = ({ jwk, all }) => {
  const web = auth(createLocalUsers(jwk, all.length).options)
  const server = createServer(async (req, res) => {
    const user = await web(req, res)
    if (user !== null) answer(res, emailOf(user))
  })
  return { server, signIn: byToken }
}

export const ironNode: CreateContender = () => {
  const server = createServer(async (req, res) => {
    const session = await getIronSession<IronData>(req, res, IRON_SESSION)
    answer(res, session.email)
  })
  return { server, signIn: byIronSession }
}
