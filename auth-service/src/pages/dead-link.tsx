import { problemResponse } from '@latchkey/jwt-middleware'
import type { Context } from 'hono'
import type { Child } from 'hono/jsx'
import { wantsJson } from '../http/negotiation.ts'
import { AskForHelp } from './ask-for-help.tsx'
import { Layout, page } from './layout.tsx'

const TITLE = 'This link does not work any more'
const DETAIL = 'It was used already, or it is too old, or something has changed since it was mailed.'

/** Answers to a mailed link that is none; `remedy` says how to get another. */
export function deadLink(c: Context, remedy: Child) {
  if (wantsJson(c)) return problemResponse({ status: 404, title: TITLE, detail: DETAIL })
  return page(
    c,
    404,
    <Layout title={TITLE}>
      <div class="card">
        <h1>{TITLE}</h1>
        <p>{DETAIL}</p>
        <p>{remedy}</p>
        <AskForHelp c={c} />
      </div>
    </Layout>,
  )
}

/** The token of a mailed link; given twice, it is none. */
export function tokenOf(c: Context): string | undefined {
  const given = c.req.queries('token') ?? []
  return given.length === 1 ? given[0] : undefined
}
