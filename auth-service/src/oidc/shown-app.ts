import type { RegisteredApp } from '../apps/apps.ts'
import { hostOfDocument, isDocumentId } from './document-clients.ts'

/** The app of a client, as users see it. */
export interface ShownApp {
  readonly clientId: string
  /** Its name or, if no administrator registered it, its host. */
  readonly name: string
  readonly registered: RegisteredApp | null
}

/** The app with this client id, or `null`. Never fetches the document of an app. */
export type ShownAppOf = (clientId: string) => ShownApp | null

export interface ShownAppOptions {
  readonly appOf: (clientId: string) => RegisteredApp | null
  /** Whether apps may describe themselves. */
  readonly documents: boolean
}

export const createShownAppOf =
  ({ appOf, documents }: ShownAppOptions): ShownAppOf =>
  (clientId) => {
    const registered = appOf(clientId)
    if (registered) return { clientId, name: registered.name, registered }
    if (!documents || !isDocumentId(clientId)) return null
    return { clientId, name: hostOfDocument(clientId), registered: null }
  }
