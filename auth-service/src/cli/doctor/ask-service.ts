import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { createOperatorProof, PROOF_HEADER } from '../../platform/crypto/operator-proof.ts'
import { INSPECT_PATH, type Inspection } from '../../web/endpoints/inspect.ts'
import type { Target } from './finding.ts'
import { probe } from './http-probe.ts'

/** What the service at this origin sees of a request with these headers, and the client's own address. */
export interface Inspected {
  readonly inspection: Inspection
  /** This end of the connection. */
  readonly local: { readonly address: string; readonly port: number }
}

/** Asks the running service what it sees; a failure explains why it does not answer. */
export async function inspect(
  { config, now }: Target,
  origin: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result<Inspected, string>> {
  const proof = { [PROOF_HEADER]: createOperatorProof(config, now) }
  const answer = await probe(`${origin}${INSPECT_PATH}`, { headers: { ...headers, ...proof } })
  if (!answer.ok) return failure(answer.reason.reason)
  const { status, text, local } = answer.value
  const inspection = status === 200 ? read(text) : null
  return inspection
    ? success({ inspection, local })
    : failure(`it answers ${status}: it has another SECRET_KEY, another version, or a wrong clock`)
}

function read(text: string): Inspection | null {
  try {
    const value = JSON.parse(text) as Partial<Inspection> | null
    return typeof value?.peer === 'string' && value.settings ? (value as Inspection) : null
  } catch {
    return null
  }
}
