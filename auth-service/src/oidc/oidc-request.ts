import type { IncomingMessage } from 'node:http'
import type { Device } from '../platform/client/device.ts'

/** A page of ours, as the answer of oidc-provider. */
export interface OidcPage {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

/** An error that the app can't be told, since its redirect URI is not known, or wrong. */
export interface OidcError {
  /** The code (RFC 6749, section 4.1.2.1). */
  readonly error: string
  readonly description: string | undefined
  readonly status: number
}

/** The pages that oidc-provider asks for, in the language of the request. */
export interface OidcPages {
  error(error: OidcError): Promise<OidcPage>
  /**
   * Asks whether to sign out. `form` is the form of oidc-provider, with the given id, without buttons. An app that no
   * administrator registered `returnsTo` an address of its own.
   */
  signOut(form: string, app: string | null, returnsTo: string | null): Promise<OidcPage>
}

/**
 * What strangers can make the service do: to store a request until its user has answered, to fetch the document of an
 * app, to store the request of a device, and to look it up.
 */
export type OidcCost = 'stored_request' | 'document' | 'device_request' | 'device_poll'

/** What a request brings beside what oidc-provider reads. */
export interface OidcRequest {
  /** The session whose cookies came with it, including its secret; `null` for none. */
  readonly sid: string | null
  readonly pages: OidcPages
  /** Where it is from. */
  readonly device: Device
  /** Counts what the request costs; `false` beyond a rate limit, which then is its answer. Throws on an outage. */
  spend(cost: OidcCost): Promise<boolean>
}

/** What the auth service has to do after oidc-provider has answered. */
export interface OidcOutcome {
  /** The user signed out, and with that of the family. */
  readonly endsSession: boolean
}

/** The state of a request while oidc-provider handles it. */
export interface RequestState extends OidcRequest {
  endsSession: boolean
  /** The app that the user signed out of alone. */
  leaves: string | null
  /** The documents of apps that it has asked for. */
  readonly documents: Set<string>
}

/** The requests that are being handled. */
export function createRequestStates() {
  const states = new WeakMap<IncomingMessage, RequestState>()
  return {
    begin(req: IncomingMessage, request: OidcRequest): RequestState {
      const state: RequestState = { ...request, endsSession: false, leaves: null, documents: new Set() }
      states.set(req, state)
      return state
    },
    of(req: IncomingMessage): RequestState {
      const state = states.get(req)
      if (!state) throw new Error('oidc-provider handles a request that it was not given.')
      return state
    },
  }
}

export type RequestStates = ReturnType<typeof createRequestStates>
