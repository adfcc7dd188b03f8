import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { familyIdOf } from './family-session-id.ts'
import type { PromptName } from './interaction-policy.ts'
import { acrOf, SCOPES, type Scope } from './oidc-claims.ts'
import type { CurrentProvider } from './provider.ts'
import type { OidcRecords } from './records.ts'
import type { ShownApp, ShownAppOf } from './shown-app.ts'
import type { OidcSignIns } from './sign-ins.ts'

/** An authorization that waits for the user. */
export interface Interaction {
  readonly uid: string
  readonly prompt: PromptName
  readonly app: ShownApp
  /** Whether the user must prove who they are again: `prompt=login`, `max_age`, or a level that the session lacks. */
  readonly wantsProof: boolean
  /** The uuid of the user that the app expects, by an ID token from before; `null` for any. */
  readonly wantedUser: string | null
  /** `login_hint`: what the app takes for the user's email. */
  readonly loginHint: string | null
  /** The languages that the app prefers, best first. */
  readonly uiLocales: readonly string[]
  /** Where the browser returns to. */
  readonly redirectUri: string
  /** What the app asks to see. */
  readonly scopes: readonly Scope[]
}

/** What the user answered. */
export type Answer =
  /** They are signed in, or consented, in the session with this id. */
  | { readonly signedIn: string }
  | { readonly consented: string }
  | { readonly refused: 'access_denied' | 'login_required'; readonly description: string }

/** One that its own browser asks for. */
export interface OwnInteraction extends Interaction {
  /**
   * Id of the session whose user has proved who they are for this very authorization; `null` until then, and where none
   * is asked for.
   */
  readonly provedBy: string | null
}

/** The authorizations that wait. Every method throws on an outage. */
export interface Interactions {
  /** The one with this id, if its app still exists: for pages before it, which get no cookie of it. */
  peek(uid: string): Promise<Interaction | null>
  /** The same if the browser with this `Cookie` header began it. */
  find(uid: string, cookies: string): Promise<OwnInteraction | null>
  /** Records that the user of this session signed in for an authorization, if it waits for such a proof. */
  prove(uid: string, sid: string): Promise<void>
  /** Records the answer; returns where the browser continues. */
  answer(interaction: Pick<Interaction, 'uid'>, answer: Answer): Promise<string>
}

export interface InteractionsOptions {
  readonly current: CurrentProvider
  readonly shownAppOf: ShownAppOf
  readonly signIns: Pick<OidcSignIns, 'session'>
  readonly records: Pick<OidcRecords, 'find' | 'store'>
}

/** Reasons of oidc-provider's prompts that only a new proof satisfies. */
const PROOF = ['login_prompt', 'max_age', 'essential_acr', 'essential_acrs']
/** Longest `login_hint` that a form shows. */
const LONGEST_HINT = 254

/** What is stored of a proof, under the id of its authorization. It ends with its session. */
const PROOFS = 'InteractionProof'
/** How long it is kept, in seconds: as long as an authorization waits. */
const PROOF_TTL = 3600

export function createInteractions(options: InteractionsOptions): Interactions {
  const { current, shownAppOf, signIns, records } = options
  const peek: Interactions['peek'] = async (uid) => {
    const provider = await current()
    const found = await provider.Interaction.find(uid)
    const { prompt, params } = found ?? {}
    const app = shownAppOf(textOf(params?.client_id))
    if (!prompt || !params || !app) return null
    const requested = textOf(params.scope).split(' ')
    const hint = textOf(params.login_hint)
    return {
      uid,
      prompt: prompt.name as PromptName,
      app,
      wantsProof: prompt.reasons.some((reason) => PROOF.includes(reason)),
      wantedUser: prompt.reasons.includes('id_token_hint') ? subjectOf(textOf(params.id_token_hint)) : null,
      loginHint: hint !== '' && hint.length <= LONGEST_HINT ? hint : null,
      uiLocales: textOf(params.ui_locales).split(' ').filter(Boolean),
      redirectUri: textOf(params.redirect_uri),
      scopes: SCOPES.filter((scope) => requested.includes(scope)),
    }
  }

  return {
    peek,
    async find(uid, cookies) {
      const provider = await current()
      const req = Object.assign(new IncomingMessage(new Socket()), { headers: { cookie: cookies } })
      const { cookies: read } = provider.createContext(req, new ServerResponse(req))
      const isTheirs = read.get(provider.cookieName('interaction'), { signed: true }) === uid
      const found = isTheirs ? await peek(uid) : null
      if (!found) return null
      const proof = found.wantsProof ? await records.find(PROOFS, uid) : null
      return {
        ...found,
        provedBy: typeof proof?.payload.provedBy === 'string' ? proof.payload.provedBy : null,
      }
    },
    async prove(uid, sid) {
      const found = await peek(uid)
      if (!found?.wantsProof) return
      await records.store(PROOFS, uid, { provedBy: sid }, { ttl: PROOF_TTL, sid, appId: null })
    },
    async answer({ uid }, answer) {
      const provider = await current()
      const interaction = await provider.Interaction.find(uid)
      if (!interaction) throw new Error('The authorization has expired while it was answered.')
      const state: { session?: unknown; result?: unknown } = interaction
      if ('refused' in answer) {
        state.result = { error: answer.refused, error_description: answer.description }
      } else {
        const session = await signIns.session('signedIn' in answer ? answer.signedIn : answer.consented)
        if (!session) throw new Error('The session has ended while the authorization was answered.')
        const { sub: accountId, sid, authenticatedAt: ts, amr } = session
        // The user may have signed in again since it began, in a new session.
        state.session = { accountId, uid: familyIdOf(sid) }
        const login = { accountId, ts, acr: acrOf(amr), ...(amr && { amr: [amr] }) }
        state.result = {
          ...interaction.lastSubmission,
          ...('signedIn' in answer ? { login } : { consent: {} }),
        }
      }
      await interaction.persist()
      return interaction.returnTo
    },
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The subject of an ID token that oidc-provider has verified. */
export function subjectOf(idToken: string): string | null {
  try {
    const { sub } = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString())
    return textOf(sub) || null
  } catch {
    return null
  }
}
