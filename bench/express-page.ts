import { auth, loginRequired } from '@latchkey/jwt-middleware/express'
import express, { type Express, type Request } from 'express'
import type { LocalUsers, PageUser } from './local-users.ts'
import { COOKIE } from './people.ts'
import { paragraphs, type Variant } from './variants.ts'

/** A prepared page of 2 KB. */
export function expressPage(variant: Variant, local: LocalUsers): Express {
  const app = express()
  if (variant === 'Latchkey' || variant === 'Latchkey and a guard') app.use(auth(local.options))
  if (variant === 'Latchkey and a guard') app.use('/notes', loginRequired())
  if (variant === 'jose on every request') {
    app.use(async (req, _res, next) => {
      req.user = (await local.byJose(tokenOf(req))) as never
      next()
    })
  }
  app.get('/notes', (req, res) => {
    if (variant === 'headers by hand') {
      res.setHeader('Cache-Control', 'private, no-store')
      res.setHeader('Vary', 'Cookie')
    }
    const user = (req.user as PageUser | undefined) ?? local.nextUser()
    res.send(`${paragraphs}<p>${user.email}</p>`)
  })
  return app
}

const tokenOf = (req: Request): string | undefined =>
  req.headers.cookie
    ?.split('; ')
    .find((one) => one.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1)
