import { writeMetadata } from './idp-metadata.ts'
import { entityIdOf } from './saml-routes.ts'
import { createSamlSenders, type SamlSendersOptions } from './saml-senders.ts'
import { createSamlSignInFlow, type SamlSignInFlowOptions } from './saml-sign-in-flow.ts'
import { createSamlSignOutFlow, type SamlSignOutFlowOptions } from './saml-sign-out-flow.ts'

export type SamlFlow = ReturnType<typeof createSamlFlow>

export type SamlFlowOptions = SamlSendersOptions &
  Omit<SamlSignInFlowOptions & SamlSignOutFlowOptions, 'issuer' | 'senders'>

/** What happens with the messages of SAML. It loads everything that reads and writes XML. Throws on an outage. */
export function createSamlFlow(options: SamlFlowOptions) {
  const { config, keys } = options
  const issuer = entityIdOf(config.authUrl)
  const senders = createSamlSenders(options)
  return {
    metadata: async () => writeMetadata(config.authUrl, await keys.published(), await keys.current()),
    ...createSamlSignInFlow({ ...options, issuer, senders }),
    ...createSamlSignOutFlow({ ...options, issuer, senders }),
  }
}
