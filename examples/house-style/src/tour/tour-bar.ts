import type { AnonymousUser, AuthenticatedUser, User } from '@latchkey/jwt-middleware'
import type { AuthStatus } from '@latchkey/jwt-middleware/hono'
import { html } from 'hono/html'
import { keptOut } from '../kept-out.ts'
import { nameOf } from '../name.ts'
import type { Action, Report } from './tour-report.ts'
import { type Language, type Say, type WordName, wordsIn } from './tour-words.ts'

export interface TourFacts {
  readonly language: Language
  /** `undefined` if the request was rejected before `auth()`. */
  readonly user: User | undefined
  /** Seconds that the access token of this request is valid for; `null` if it had none. */
  readonly tokenLeft: number | null
  readonly feed: AuthStatus['feed']['state']
  readonly report: Report | null
  /** How long authentication took, in ms. */
  readonly authenticatedIn: number
  /** Seconds until this page loads again by itself; `null` if it does not. */
  readonly reloadsAfter: number | null
  /** The path that the buttons lead back to. */
  readonly page: string
}

/** The bar at the foot of a page: forms and text, without a script. */
export function tourBar(facts: TourFacts) {
  const { language, report } = facts
  const say = wordsIn(language)
  return html`<aside class="tour" lang="${language}" aria-label="${say('tour')}">
  ${report && html`<p role="status">${reportOf(report, facts, say).join(' ')}</p>`}
  <dl>
    <div><dt>${say('you')}</dt><dd>${who(facts.user, say)}</dd></div>
    <div><dt>${say('token')}</dt><dd>${token(facts, say)}</dd></div>
    <div><dt>${say('feed')}</dt><dd>${say(facts.feed)}</dd></div>
  </dl>
  ${whatNext(facts, say)}
</aside>`
}

function who(user: User | undefined, say: Say): string {
  if (user === undefined) return say('unasked')
  return user.isAuthenticated ? titled(user, say) : say(anonymous(user))
}

function titled(user: AuthenticatedUser, say: Say): string {
  const name = nameOf(user) || user.email
  return user.isStaff ? `${name} (${say('staff')})` : name
}

/** A person may be signed in, and this app cannot know it, or does not accept it. */
function anonymous(user: AnonymousUser): WordName {
  if (keptOut(user)) return 'keptOut'
  if (user.reason === 'unavailable') return 'unknown'
  return isSignedOut(user) ? 'signedOut' : 'notAccepted'
}

/** Whether this browser has no session, as far as the app knows. */
export const isSignedOut = (user: User): boolean =>
  !user.isAuthenticated && (user.reason === 'missing' || user.reason === 'session_over')

/** Whether this request brought no valid token, and has one now. */
const isRenewed = ({ user, tokenLeft }: TourFacts): boolean =>
  user?.isAuthenticated === true && (tokenLeft === null || tokenLeft <= 0)

function token(facts: TourFacts, say: Say): string {
  const { user, tokenLeft } = facts
  if (user === undefined) return say('unasked')
  if (isRenewed(facts)) return say('renewed')
  if (tokenLeft === null || tokenLeft <= 0) return say('noToken')
  if (!user.isAuthenticated && !keptOut(user) && user.reason !== 'unavailable') return say('refused')
  const left = `${Math.floor(tokenLeft / 60)}:${String(tokenLeft % 60).padStart(2, '0')} min`
  return say('valid', { left })
}

/** Buttons for those who are signed in; what others can do. */
function whatNext({ user, reloadsAfter, page }: TourFacts, say: Say) {
  if (user === undefined) return ''
  if (user.isAuthenticated) return buttons(user.isStaff, page, say)
  if (user.reason === 'unavailable') {
    const then = reloadsAfter === null ? say('tryAgain') : say('reloads', { seconds: reloadsAfter })
    return html`<p>${say('unanswered')} ${then}</p>`
  }
  return isSignedOut(user) ? html`<p>${say('signIn')}</p>` : ''
}

const buttons = (isStaff: boolean, page: string, say: Say) => {
  const actions = [isStaff ? 'leave_staff' : 'become_staff', 'end_token', 'stop_auth', 'end_all'] as const
  return html`<form method="post" action="/tour"><input type="hidden" name="page" value="${page}">${actions.map((action) => button(action, say))}</form>`
}

const button = (action: Action, say: Say) =>
  html`<button class="button quiet small" name="action" value="${action}">${say(action)}</button>`

/** Sentences about what a button did. They are in the past, since another tab may have changed it back. */
function reportOf(report: Report, facts: TourFacts, say: Say): string[] {
  const { action, outcome, heard, seconds = 0 } = report
  if (outcome === 'failed') return [say('failed')]
  const isRepeated = outcome === 'already' && action !== 'end_token'
  const sentences = [say(isRepeated ? `already_${action}` : `did_${action}`)]
  for (const one of heard) sentences.push('ms' in one ? say('heard', one) : say(one.silence, one))
  if (action === 'stop_auth') {
    sentences.push(
      ...(seconds > 0 ? [say('restarts', { seconds }), say('checkThemselves')] : [say('restarting')]),
    )
  }
  if (action === 'end_token' && facts.user?.isAuthenticated) {
    const ms = Math.max(1, Math.round(facts.authenticatedIn))
    // A live page in another tab may be faster.
    sentences.push(isRenewed(facts) ? say('fetched', { ms }) : say('fetchedBefore'))
  }
  return sentences
}
