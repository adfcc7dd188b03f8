import type { User } from '@latchkey/jwt-middleware'
import type { AuthStatus } from '@latchkey/jwt-middleware/hono'
import { html } from 'hono/html'
import { nameOf } from '../name.ts'
import type { Action, Report } from './tour-report.ts'
import { type Language, type Say, wordsIn } from './tour-words.ts'

export interface TourFacts {
  readonly language: Language
  readonly user: User | undefined
  /** Seconds that the access token of this request lives; `null` if it had none. */
  readonly tokenLeft: number | null
  readonly feed: AuthStatus['feed']['state']
  readonly report: Report | null
  /** How long authentication took, in ms. */
  readonly authenticatedIn: number
}

/** The bar at the foot of a page: forms and text, without a script. */
export function tourBar(facts: TourFacts) {
  const { language, user, report } = facts
  const say = wordsIn(language)
  return html`<aside class="tour" lang="${language}" aria-label="${say('tour')}">
  ${report && reportOf(report, facts, say)}
  <dl>
    <div><dt>${say('you')}</dt><dd>${who(user, say)}</dd></div>
    <div><dt>${say('token')}</dt><dd>${token(facts, say)}</dd></div>
    <div><dt>${say('feed')}</dt><dd>${say(facts.feed)}</dd></div>
  </dl>
  ${user?.isAuthenticated ? buttons(user.isStaff, say) : html`<p>${say('signIn')}</p>`}
</aside>`
}

function who(user: User | undefined, say: Say): string {
  if (!user?.isAuthenticated) return say('anonymous')
  const name = nameOf(user) || user.email
  return user.isStaff ? `${name} (${say('staff')})` : name
}

function token({ user, tokenLeft }: TourFacts, say: Say): string {
  if (!user?.isAuthenticated) return say('noToken')
  if (tokenLeft === null || tokenLeft <= 0) return say('renewed')
  const left = `${Math.floor(tokenLeft / 60)}:${String(tokenLeft % 60).padStart(2, '0')} min`
  return say('lives', { left })
}

const buttons = (isStaff: boolean, say: Say) => {
  const actions = [isStaff ? 'leave_staff' : 'become_staff', 'end_token', 'stop_auth', 'end_all'] as const
  return html`<form method="post" action="/tour">${actions.map((action) => button(action, say))}</form>`
}

const button = (action: Action, say: Say) =>
  html`<button class="button quiet small" name="action" value="${action}">${say(action)}</button>`

function reportOf({ action, ok, heard }: Report, { user, authenticatedIn }: TourFacts, say: Say) {
  const lines = ok ? [say(`did_${action}`)] : [say('failed')]
  for (const { app, ms } of heard)
    lines.push(ms === null ? say('unheard', { app }) : say('heard', { app, ms }))
  if (ok && action === 'stop_auth') lines.push(say('did_stop_auth_note'))
  if (ok && action === 'end_token' && user?.isAuthenticated) {
    lines.push(say('did_end_token_note', { ms: Math.max(1, Math.round(authenticatedIn)) }))
  }
  return html`<p role="status">${lines.join(' ')}</p>`
}
