import { probe } from './http-probe.ts'

/** The ids of the public keys at this origin; `null` if there are none. */
export async function publishedKeyIds(origin: string): Promise<readonly string[] | null> {
  const answer = await probe(`${origin}/.well-known/jwks.json`)
  if (!answer.ok || answer.value.status !== 200) return null
  try {
    const { keys } = JSON.parse(answer.value.text) as { keys: readonly { kid: unknown }[] }
    const kids = keys.map(({ kid }) => kid).filter((kid) => typeof kid === 'string')
    return kids.length > 0 ? kids : null
  } catch {
    return null
  }
}
