import { deriveKey, type Secrets } from '../platform/crypto/derive-key.ts'

/**
 * The cookies of oidc-provider. Its session is ours, so that its cookie only serves browsers that sign out without being
 * signed in. The others bind an authorization to the browser that began it: one for each, by their paths.
 */
export function providerCookies({ https, ...secrets }: Secrets & { readonly https: boolean }) {
  const [host, secure] = https ? ['__Host-', '__Secure-'] : ['', '']
  return {
    names: {
      session: `${host}oidc-session`,
      interaction: `${secure}oidc-interaction`,
      resume: `${secure}oidc-resume`,
    },
    long: { httpOnly: true, sameSite: 'lax', path: '/', signed: false },
    short: { httpOnly: true, sameSite: 'lax', signed: true },
    keys: [secrets.secretKey, ...secrets.secretKeyFallbacks].map((secret) =>
      deriveKey(secret, 'oidcCookies').toString('base64url'),
    ),
  } as const
}
