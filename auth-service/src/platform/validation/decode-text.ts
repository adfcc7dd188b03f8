import { constants, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'

const DUMPDATA = 'Export it with Django: manage.py dumpdata auth.user auth.group'

/** The beginnings of other file formats, in Latin-1. */
const SIGNATURES: readonly (readonly [signature: string, reason: string])[] = [
  ['\x1f\x8b', 'It is compressed with gzip. Unpack it first: gunzip FILE.gz'],
  ['BZh', 'It is compressed with bzip2. Unpack it first: bunzip2 FILE.bz2'],
  ['\xfd7zXZ\0', 'It is compressed with xz. Unpack it first: unxz FILE.xz'],
  ['\x28\xb5\x2f\xfd', 'It is compressed with zstd. Unpack it first: unzstd FILE.zst'],
  [
    'PK\x03\x04',
    'It is a spreadsheet (.xlsx, .ods) or another zip archive. Save the table as "CSV UTF-8", or unpack the archive',
  ],
  ['\xd0\xcf\x11\xe0', 'It is a spreadsheet of an old Excel (.xls). Save the table as "CSV UTF-8"'],
  ['SQLite format 3\0', `It is a SQLite database. ${DUMPDATA}`],
  ['PGDMP', `It is a pg_dump of a database. ${DUMPDATA}`],
  ['%PDF-', `It is a PDF. ${DUMPDATA}`],
]

/** Byte order marks, longest first. */
const MARKS: readonly (readonly [mark: string, encoding: string])[] = [
  ['\xff\xfe\0\0', 'utf-32'],
  ['\0\0\xfe\xff', 'utf-32'],
  ['\xef\xbb\xbf', 'utf-8'],
  ['\xff\xfe', 'utf-16le'],
  ['\xfe\xff', 'utf-16be'],
]

const EXAMPLES =
  'for example windows-1252 (Excel in Western Europe), iso-8859-2, windows-1251, macintosh or utf-16le'

/**
 * The text of a file: UTF-8, unless a byte order mark or `encoding` says otherwise. Invalid bytes are rejected, never
 * replaced. The reason of a failure is a sentence about the file, with a remedy.
 */
export function decodeText(bytes: Buffer, encoding?: string): Result<string, string> {
  const head = bytes.toString('latin1', 0, 16)
  const [, format] = SIGNATURES.find(([signature]) => head.startsWith(signature)) ?? []
  if (format) return failure(`${format}.`)
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    return failure(
      'It is too large to read at once. Split it into several files; existing users are not changed.',
    )
  }
  const [, marked] = MARKS.find(([mark]) => head.startsWith(mark)) ?? []
  if (marked === 'utf-32') return failure('It is UTF-32. Save it as UTF-8.')
  const named = encoding === undefined ? undefined : decoderOf(encoding)
  if (named === null) {
    return failure(
      `The encoding "${encoding}" is not known. Use an encoding that browsers support, ${EXAMPLES}.`,
    )
  }
  if (marked && named && named.encoding !== marked) {
    return failure(`Its byte order mark says that it is ${marked.toUpperCase()}. Leave out --encoding.`)
  }
  const decoder = named ?? (decoderOf(marked ?? guessed(bytes)) as TextDecoder)
  try {
    const text = decoder.decode(bytes)
    return success(decoder.encoding === 'windows-1252' ? withoutControls(text) : text)
  } catch {
    return failure(undecodable(bytes, decoder.encoding))
  }
}

/** Some versions of Node decode the bytes from 0x80 to 0x9F of windows-1252 as Latin-1. */
const withoutControls = (text: string): string =>
  text.replaceAll(/[\u0080-\u009F]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80] ?? control)

const WINDOWS_1252 = [...'€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ']

function decoderOf(encoding: string): TextDecoder | null {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch {
    return null
  }
}

/** UTF-16 without a mark is recognised by its zeros: text of Western scripts has one in every other byte. */
function guessed(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const zeros = [0, 0]
  const sample = bytes.subarray(0, 1000)
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  })
  const [even = 0, odd = 0] = zeros
  if (odd > sample.length / 4 && even === 0) return 'utf-16le'
  return even > sample.length / 4 && odd === 0 ? 'utf-16be' : 'utf-8'
}

function undecodable(bytes: Buffer, encoding: string): string {
  if (encoding !== 'utf-8') return `It is not ${encoding.toUpperCase()}, or was cut off. Save it as UTF-8.`
  const line = firstLineThat((part) => !isUtf8(part), bytes)
  return (
    `Line ${line} is not UTF-8. Save the file as UTF-8 ("CSV UTF-8" in Excel), or name its encoding with --encoding, ` +
    `${EXAMPLES}.`
  )
}

/** Lines end with LF, which occurs in no other character of UTF-8. */
function firstLineThat(fits: (line: Buffer) => boolean, bytes: Buffer): number {
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start)
    const next = end === -1 ? bytes.length : end + 1
    if (fits(bytes.subarray(start, next))) break
    start = next
  }
  return line
}
