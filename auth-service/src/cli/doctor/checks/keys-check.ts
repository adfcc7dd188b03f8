import { unixTime } from '../../../platform/clock.ts'
import { ConfigError } from '../../../platform/config/config.ts'
import { openDatabase } from '../../../platform/database/open.ts'
import { createLog } from '../../../platform/logging/logger.ts'
import { createKeyEncryption, type KeyRow } from '../../../tokens/keys/key-encryption.ts'
import { amount } from '../../command.ts'
import { type Check, type Finding, findingsOf, type Target } from '../finding.ts'
import { publishedKeyIds } from '../published-key-ids.ts'

const { ok, warn, fail } = findingsOf('keys')

const DAY = 86_400
/** How much older than KEY_MAX_AGE a key may be before the check warns, in seconds. */
const LENIENCE = 2 * DAY

/** Whether there are signing keys, SECRET_KEY decrypts them, they are rotated, and the service publishes them. */
export const checkKeys: Check = async (target) => {
  const { config, now } = target
  const database = await openDatabase(config, createLog('silent'))
  try {
    const rows = await database.db.select().from(database.signingKeys)
    if (rows.length === 0) {
      return [
        warn('There are no signing keys yet.', 'Start the auth service: it creates them at its first start.'),
      ]
    }
    return [
      ...['current', 'next'].flatMap((place) =>
        rows.some(({ state }) => state === place)
          ? []
          : [fail(`There is no ${place} signing key.`, 'Restart the auth service: it creates missing keys.')],
      ),
      ...openable(target, rows),
      ...age(rows, unixTime(now), config.keyMaxAge),
      ...(await published(config.authUrl, rows)),
    ]
  } finally {
    await database.close()
  }
}

function openable({ config, now }: Target, rows: readonly KeyRow[]): Finding[] {
  const keyEncryption = createKeyEncryption(config, now)
  try {
    const open = rows.filter(({ state }) => state !== 'retiring').map(keyEncryption.open)
    return [ok(`SECRET_KEY decrypts ${amount(open.length, 'signing key')} in use.`)]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [
      fail(
        "SECRET_KEY can't decrypt the signing keys in this database.",
        'Use the SECRET_KEY that encrypted them, or add it to SECRET_KEY_FALLBACKS. If it is lost, empty the ' +
          'table signing_keys: the next start creates new keys, and all users must sign in again.',
      ),
    ]
  }
}

function age(rows: readonly KeyRow[], at: number, maxAge: number): Finding[] {
  const current = rows.find(({ state }) => state === 'current')
  if (!current) return []
  const days = Math.floor((at - current.changedAt) / DAY)
  return at - current.changedAt > maxAge + LENIENCE
    ? [
        warn(
          `The current key has been in use for ${amount(days, 'day')}, and KEY_MAX_AGE is ${amount(Math.floor(maxAge / DAY), 'day')}.`,
          'A running auth service rotates it within an hour. Check its log, or run "latchkey keys rotate".',
        ),
      ]
    : [ok(`The current key has been in use for ${amount(days, 'day')}.`)]
}

/** Whether the service publishes this database's keys. */
async function published(authUrl: string, rows: readonly KeyRow[]): Promise<Finding[]> {
  const kids = await publishedKeyIds(authUrl)
  if (kids === null) {
    return [
      warn(
        `Can't check whether ${authUrl} publishes these keys.`,
        'Start the auth service, and let its proxy pass /.well-known/jwks.json through.',
      ),
    ]
  }
  return rows.every(({ kid }) => kids.includes(kid))
    ? [ok('The auth service publishes them.')]
    : [
        fail(
          `${authUrl} publishes keys that are not in this database.`,
          'That service uses another database, or it is another program. Compare its DATABASE_URL and AUTH_URL.',
        ),
      ]
}
