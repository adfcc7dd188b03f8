import { describe, expect, it } from 'vitest'
import { decodeText } from '../../../../auth-service/src/platform/validation/decode-text.ts'

const TEXT = 'email,first_name\nada@example.com,Zoë Müller\n'
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()
const read = (bytes: Buffer, encoding?: string) => decodeText(bytes, encoding)

describe('Text', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${TEXT}`)],
    ['UTF-16LE with a mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
    ['UTF-16BE with a mark', utf16be(`\uFEFF${TEXT}`)],
    ['UTF-16LE without one', Buffer.from(TEXT, 'utf16le')],
    ['UTF-16BE without one', utf16be(TEXT)],
  ])('is decoded by its bytes: %s', (_, bytes) => {
    expect(read(bytes)).toEqual({ ok: true, value: TEXT })
  })

  it.each([
    ['windows-1252', [0x80, 0x92, 0xfc, 0xeb], '€’üë'],
    ['iso-8859-1', [0x80, 0x92, 0xfc], '€’ü'],
    ['iso-8859-2', [0xb1, 0xe6], 'ąć'],
    ['macintosh', [0x9f, 0x8a], 'üä'],
    ['windows-1251', [0xc0, 0xe4], 'Ад'],
  ])('is decoded by its declared encoding: %s', (encoding, bytes, text) => {
    expect(read(Buffer.from(bytes), encoding)).toEqual({ ok: true, value: text })
  })

  it.each([
    [1, Buffer.from('Müller', 'latin1')],
    [3, Buffer.from('a\nb\nZo\xeb\nc', 'latin1')],
    [2, Buffer.concat([Buffer.from('größe\n'), Buffer.from([0xc3])])],
  ])('that is not UTF-8 is rejected, with line %i', (line, bytes) => {
    expect(read(bytes)).toEqual({
      ok: false,
      reason: expect.stringMatching(`^Line ${line} is not UTF-8\\. .*--encoding, for example windows-1252`),
    })
  })

  it('is rejected if the encoding is unknown, contradicts the byte order mark, or does not fit', () => {
    expect(read(Buffer.from('a'), 'cp9999')).toMatchObject({
      reason: expect.stringMatching(/"cp9999" is not known/),
    })
    expect(read(Buffer.from('\uFEFFa'), 'windows-1252')).toMatchObject({
      reason: expect.stringMatching(/says that it is UTF-8\. Leave out --encoding/),
    })
    expect(read(Buffer.from([0x41]), 'utf-16le')).toMatchObject({
      reason: expect.stringMatching(/is not UTF-16LE/),
    })
    expect(read(Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]))).toMatchObject({
      reason: expect.stringMatching(/UTF-32/),
    })
  })

  it.each([
    ['gzip', [0x1f, 0x8b, 8, 0], /gzip\. Unpack it first/],
    ['a workbook', [0x50, 0x4b, 3, 4, 20], /spreadsheet.*CSV UTF-8/],
    ['an old workbook', [0xd0, 0xcf, 0x11, 0xe0], /old Excel/],
    ['SQLite', [...Buffer.from('SQLite format 3\0')], /SQLite database.*dumpdata/],
    ['pg_dump', [...Buffer.from('PGDMP\x01')], /pg_dump.*dumpdata/],
  ])('is distinguished from %s', (_, bytes, reason) => {
    expect(read(Buffer.from(bytes))).toEqual({ ok: false, reason: expect.stringMatching(reason) })
  })
})
