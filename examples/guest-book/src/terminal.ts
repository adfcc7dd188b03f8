import { readFileSync } from 'node:fs'
import { fetchFor } from '@latchkey/jwt-middleware/contract'
import * as client from 'openid-client'

/**
 * Signs in on the command line by the device flow of OpenID Connect (RFC 8628), as a TV would, with the credentials that
 * the demo gave to the guest book. Prints who signed in.
 */
async function main(): Promise<void> {
  const { clientId, clientSecret, authUrl: issuer } = credentials(process.env.DEMO_FOLDER || '.demo')
  const config = await client
    .discovery(new URL(issuer), clientId, clientSecret, undefined, {
      // Node does not resolve *.localhost by itself.
      [client.customFetch]: fetchFor(issuer) as client.CustomFetch,
      execute: [client.allowInsecureRequests],
    })
    .catch((error) => {
      throw new Error(`${issuer} does not answer. Start the demo first: npm run demo`, { cause: error })
    })
  const device = await client.initiateDeviceAuthorization(config, { scope: 'openid profile email' })
  console.log(`
  Open ${device.verification_uri} in a browser, and type this code:

    ${device.user_code}

  Or open ${device.verification_uri_complete}
  Waiting until you have allowed it …
`)
  const tokens = await client.pollDeviceAuthorizationGrant(config, device)
  const claims = tokens.claims()
  console.log(`Signed in as ${claims?.name ?? claims?.email} (${claims?.email}, ${claims?.sub}).`)
  console.log(`To sign this terminal out, open ${issuer}/account, under “Where you are signed in”.`)
}

function credentials(folder: string): { clientId: string; clientSecret: string; authUrl: string } {
  const file = `${folder}/guest-book-credentials.json`
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new Error(`There is no ${file}. Start the demo first: npm run demo`)
  }
}

main().catch((error: Error & { readonly error?: string; readonly cause?: unknown }) => {
  console.error(REASONS[error.error ?? ''] ?? error.message)
  process.exitCode = 1
})

const REASONS: Readonly<Record<string, string | undefined>> = {
  access_denied: 'You denied it. Nothing has access.',
  expired_token: 'The code has expired. Start again.',
  invalid_request: 'The guest book can’t sign users in like this. Delete .demo, and start the demo again.',
}
