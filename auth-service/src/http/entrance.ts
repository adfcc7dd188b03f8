import type { Context } from 'hono'
import type { Service } from '../service.ts'
import type { SignedIn } from '../sessions.ts'
import type { Next, NextReader } from './next.ts'
import { personOf } from './person.ts'

/** What signing in and registering have in common: how one gets in. */
export interface Entrance {
  /** Sends on whoever is signed in already, with fresh cookies; `null` for everybody else. */
  passThrough(c: Context, next: Next): Promise<Response | null>
  /** Sets the cookies and sends the person on, or tells a program who that was. */
  welcome(c: Context, signedIn: SignedIn, next: Next, answer: { json: boolean; status: 200 | 201 }): Response
}

/** Where people land who want to go nowhere in particular. */
export const HOME = '/account'

export function createEntrance({ sessions }: Service, nexts: NextReader): Entrance {
  function setCookies(c: Context, { cookies }: SignedIn): void {
    for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
  }

  return {
    async passThrough(c, next) {
      const resumed = await sessions.resume(c.req.header('cookie'))
      if (!resumed.ok) return null
      setCookies(c, resumed.value)
      return c.redirect(nexts.landing(next, HOME), 303)
    },
    welcome(c, signedIn, next, { json, status }) {
      setCookies(c, signedIn)
      const landing = nexts.landing(next, HOME)
      if (!json) return c.redirect(landing, 303)
      return c.json({ ...personOf(signedIn.user), next: landing }, status)
    },
  }
}
