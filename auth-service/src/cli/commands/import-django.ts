import { readFile } from 'node:fs/promises'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { decodeText } from '../../platform/validation/decode-text.ts'
import { amount, asJson, JSON_OPTION, type ServiceCommand } from '../command.ts'
import { type ImportReport, importDump } from '../django/import.ts'
import { ANY_FILE, readDump } from '../django/parse-dump.ts'

/** How many items of each list are printed for people; programs get all. */
const SHOWN = 30

export const importDjango: ServiceCommand = {
  usage: 'FILE [--dry-run] [--verified] [--encoding NAME] [--json]',
  summary:
    'imports users from Django: from dumpdata auth.user auth.group (JSON) or from CSV with a heading line',
  operands: 1,
  options: {
    'dry-run': { type: 'boolean' },
    verified: { type: 'boolean' },
    encoding: { type: 'string' },
    ...JSON_OPTION,
  },
  async run({ database, audit, groups, now }, { operands: [file = ''], options }, terminal) {
    const text = await readText(file, options.encoding as string | undefined)
    if (!text.ok) return text
    const dump = readDump(text.value)
    if (!dump.ok) return failure(`${file} can't be read. ${dump.reason}`)
    if (dump.value.people.length === 0) {
      return failure(`${file} contains no users. ${ANY_FILE}`)
    }
    const dryRun = options['dry-run'] === true
    const stopped = dryRun
      ? 'Stopped. Nothing was written.'
      : 'Stopped after importing some of the users. Run the command again for the rest; existing users are not changed.'
    const report = await terminal
      .interruptible(stopped, (signal) =>
        importDump(dump.value, {
          database,
          audit,
          now,
          room: groups.room,
          dryRun,
          verified: options.verified === true,
          onProgress(done, all) {
            if (done < all) terminal.progress(`${done} of ${amount(all, 'user')}`)
          },
          signal,
        }),
      )
      .finally(terminal.endProgress)
    return success(options.json ? facts(report, dryRun) : summary(report, dryRun))
  },
}

/** The command's other name, for users of an app that is not Django's. */
export const importUsers: ServiceCommand = {
  ...importDjango,
  summary: 'imports users from CSV with a heading line, for example: email,first_name,last_name,password',
}

async function readText(file: string, encoding: string | undefined): Promise<Result<string, string>> {
  try {
    const text = decodeText(await readFile(file), encoding)
    return text.ok ? text : failure(`${file} can't be read. ${text.reason}`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return failure(
      code === 'ERR_FS_FILE_TOO_LARGE' || code === 'ERR_STRING_TOO_LONG'
        ? `${file} is too large to read at once. Split it into several files; existing users are not changed.`
        : `${file} can't be read: ${message}.`,
    )
  }
}

const facts = ({ imported, alreadyHere, skipped, notes }: ImportReport, dryRun: boolean): string =>
  asJson({
    dry_run: dryRun,
    imported: imported.map(({ at, username, uuid, email }) => ({ at, username, uuid, email })),
    already_here: alreadyHere,
    skipped,
    notes,
  })

function summary({ imported, alreadyHere, skipped, notes }: ImportReport, dryRun: boolean): string {
  const superusers = imported.filter(({ isSuperuser }) => isSuperuser).length
  const renamed = imported
    .filter(({ isNewUuid, username }) => isNewUuid && username !== '')
    .map(({ at, username, uuid }) => `${at}: "${username}" is ${dryRun ? 'given a new uuid' : uuid}`)
  return [
    `${dryRun ? 'Would import' : 'Imported'} ${amount(imported.length, 'user')} (` +
      `${amount(superusers, 'superuser')}); ${alreadyHere} already exist, ${skipped.length} skipped.`,
    ...list(
      'Skipped:',
      skipped.map(({ at, reason }) => `${at}: ${reason}`),
    ),
    ...list(
      'Not imported:',
      notes.map(({ at, note }) => `${at}: ${note}`),
    ),
    ...list('Given a new UUID, because the username is not a UUID:', renamed),
  ].join('\n')
}

function list(heading: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const more = lines.length - SHOWN
  return [
    heading,
    ...lines.slice(0, SHOWN).map((line) => `  ${line}`),
    ...(more > 0 ? [`  … and ${more} more; --json lists them all.`] : []),
  ]
}
