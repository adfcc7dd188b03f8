import { open } from 'node:fs/promises'
import { failure, success } from '@latchkey/jwt-middleware/contract'
import type { Database } from '../../platform/database/open.ts'
import { amount, type ServiceCommand } from '../command.ts'
import { type FixtureReport, tellFixture } from '../django/export.ts'
import { writeNewFile } from '../output-file.ts'
import type { Terminal } from '../terminal.ts'

/** The text around the objects, by the extension with which `loaddata` tells the formats apart. */
const FORMATS = {
  json: { first: '[\n', between: ',\n', last: '\n]\n' },
  jsonl: { first: '', between: '\n', last: '\n' },
} as const

export const exportDjango: ServiceCommand = {
  usage: 'FILE.json|FILE.jsonl',
  summary:
    "writes all users and groups, with password hashes, in the format of Django's loaddata and of import-django",
  operands: 1,
  async run({ config, database }, { operands: [target = ''] }, terminal) {
    const format = /\.(jsonl?)$/.exec(target)?.[1] as keyof typeof FORMATS | undefined
    if (!format) {
      return failure(
        `${target} must end in .json or .jsonl, because loaddata recognises formats by the file name.`,
      )
    }
    const mustConfirm = config.emailVerification === 'required'
    const written = await writeNewFile(target, (part) =>
      terminal.interruptible('Stopped. No file was written.', (signal) =>
        writeFixture(part, FORMATS[format], { database, mustConfirm, terminal, signal }),
      ),
    )
    return written.ok ? success(summary(target, written.value, mustConfirm)) : written
  },
}

interface WriteOptions {
  readonly database: Database
  readonly mustConfirm: boolean
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

async function writeFixture(
  path: string,
  { first, between, last }: (typeof FORMATS)[keyof typeof FORMATS],
  { database, mustConfirm, terminal, signal }: WriteOptions,
): Promise<FixtureReport> {
  const file = await open(path, 'w')
  try {
    let before: string = first
    const report = await tellFixture({
      database,
      mustConfirm,
      signal,
      async write(models) {
        if (models.length === 0) return
        await file.appendFile(before + models.map((model) => JSON.stringify(model)).join(between))
        before = between
      },
      onProgress: (done, all) => terminal.progress(`${done} of ${amount(all, 'user')}`),
    })
    await file.appendFile(before === first ? first + last : last)
    await file.sync()
    terminal.endProgress()
    return report
  } finally {
    await file.close()
  }
}

function summary(target: string, report: FixtureReport, mustConfirm: boolean): string {
  const { people, groups, confirmed, leaving } = report
  const unconfirmed = people - confirmed
  const verified = mustConfirm || unconfirmed === 0 ? ' --verified' : ''
  return [
    `Wrote ${amount(people, 'user')} and ${amount(groups, 'group')} to ${target}, with their password ` +
      'hashes. Protect it like the database.',
    `To import it into Django: manage.py loaddata FILE. Into Latchkey: latchkey import-django FILE${verified}.`,
    ...(unconfirmed > 0
      ? [
          mustConfirm
            ? `${amount(unconfirmed, 'user')} never confirmed their address. They are exported without passwords and can choose new ones by email.`
            : `${amount(confirmed, 'user')} confirmed their address, but the format can't express that. With --verified, import-django ` +
              'marks all imported users as confirmed.',
        ]
      : []),
    ...(leaving > 0
      ? [
          `${amount(leaving, 'user')} will be deleted, but the format can't express that. After an import they are ordinary users.`,
        ]
      : []),
  ].join('\n')
}
