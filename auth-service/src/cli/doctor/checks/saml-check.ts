import { X509Certificate } from 'node:crypto'
import type { Config } from '../../../platform/config/config.ts'
import { createEncryption } from '../../../platform/crypto/encryption.ts'
import { openDatabase } from '../../../platform/database/open.ts'
import { createLog } from '../../../platform/logging/logger.ts'
import { shellWord } from '../../../platform/validation/shell-word.ts'
import { entityIdOf } from '../../../saml/saml-routes.ts'
import { amount } from '../../command.ts'
import { type Check, type Finding, findingsOf } from '../finding.ts'
import { probe, remedyFor } from '../http-probe.ts'

const { ok, warn, fail } = findingsOf('SAML')

const DAY = 86_400_000
/** How long before the end of a certificate the check warns, in ms: administrators of apps need time for the next one. */
const SOON = 60 * DAY

/** A certificate, and what it is for. */
interface Certificate {
  readonly of: string
  /** Whether SAML stops working when it ends. For certificates of apps, only the key counts. */
  readonly isNeeded: boolean
  /** X.509 in DER, as base64. */
  readonly der: string
  readonly remedy: string
}

/**
 * Whether SECRET_KEY decrypts the key of SAML, apps can read our metadata and it says what AUTH_URL says, and no
 * certificate has ended, ours or theirs. Finds nothing unless an app uses SAML.
 */
export const checkSaml: Check = async ({ config, now }) => {
  const database = await openDatabase(config, createLog('silent'))
  try {
    const { apps, db, samlKeys, samlServiceProviders } = database
    const providers = await db.select().from(samlServiceProviders)
    if (providers.length === 0) return []
    const names = await db.select({ id: apps.id, name: apps.name }).from(apps)
    const keys = await db.select().from(samlKeys)
    const current = keys.find(({ state }) => state === 'current')
    const theirs = providers.flatMap(({ appId, certificates, encryptionCertificate }) => {
      const name = names.find(({ id }) => id === appId)?.name ?? String(appId)
      const ders = [
        ...(JSON.parse(certificates) as string[]),
        ...(encryptionCertificate === null ? [] : [encryptionCertificate]),
      ]
      const remedy = `Get the new metadata of ${name}, and run: latchkey apps set-saml ${shellWord(name)} --metadata FILE`
      return ders.map((der) => ({ of: `certificate of ${name}`, isNeeded: false, der, remedy }))
    })
    return [
      ...(current ? [...openable(config, current), ...lives([ours(current.certificate)], now())] : []),
      ...lives(theirs, now()),
      ...(await published(config, current?.certificate ?? null)),
    ]
  } finally {
    await database.close()
  }
}

const ours = (der: string): Certificate => ({
  isNeeded: true,
  of: 'certificate of the auth service',
  der,
  remedy:
    'Run "latchkey saml-keys add", give the new metadata to all apps that use SAML, then run "latchkey saml-keys rotate".',
})

function openable(config: Config, { id, privateKey }: { id: string; privateKey: string }): Finding[] {
  if (createEncryption(config, 'samlKeys').decrypt(privateKey, id) !== null) {
    return [ok('SECRET_KEY decrypts the key of SAML.')]
  }
  return [
    fail(
      "SECRET_KEY can't decrypt the key of SAML in this database.",
      'Use the SECRET_KEY that encrypted it, or add it to SECRET_KEY_FALLBACKS. If it is lost, empty the table ' +
        'saml_keys: a new key is made, and all apps that use SAML need the new metadata.',
    ),
  ]
}

/** One finding for each certificate that has ended or ends soon; otherwise one for all of them. */
function lives(certificates: readonly Certificate[], now: number): Finding[] {
  if (certificates.length === 0) return []
  const bad = certificates.flatMap(({ of, isNeeded, der, remedy }) => {
    const end = endOf(der)
    if (end === null) return [fail(`The ${of} can't be read.`, remedy)]
    const day = new Date(end).toISOString().slice(0, 10)
    if (end <= now) return [(isNeeded ? fail : warn)(`The ${of} ended on ${day}.`, remedy)]
    return end - now < SOON ? [warn(`The ${of} ends on ${day}.`, remedy)] : []
  })
  if (bad.length > 0) return bad
  const [one] = certificates
  return [
    ok(
      certificates.length === 1 && one
        ? `The ${one.of} is valid for ${amount(Math.floor(((endOf(one.der) ?? now) - now) / DAY), 'more day')}.`
        : `All ${certificates.length} certificates of apps are valid.`,
    ),
  ]
}

/** When a certificate ends, in ms; `null` if it can't be read. */
function endOf(der: string): number | null {
  try {
    return Date.parse(new X509Certificate(Buffer.from(der, 'base64')).validTo)
  } catch {
    return null
  }
}

/** Whether apps read this service's metadata at AUTH_URL. */
async function published({ authUrl }: Config, certificate: string | null): Promise<Finding[]> {
  const url = entityIdOf(authUrl)
  const usual = `Start the auth service, and let its proxy pass ${new URL(url).pathname} through.`
  const reply = await probe(url)
  if (!reply.ok) return [warn(`Can't read ${url}: ${reply.reason.reason}.`, remedyFor(reply.reason, usual))]
  const { status, text } = reply.value
  const entityId = /\bentityID="([^"]*)"/.exec(text)?.[1]
  if (status !== 200 || entityId === undefined) {
    return [fail(`${url} answers ${status}, and not with metadata.`, usual)]
  }
  const isOurs = entityId === url && (certificate === null || text.includes(certificate))
  return isOurs
    ? [ok(`${url} has the metadata of this service.`)]
    : [
        fail(
          `${url} has the metadata of another service: its entity ID is ${entityId}.`,
          'That service has another AUTH_URL or another database. Compare its DATABASE_URL and AUTH_URL.',
        ),
      ]
}
