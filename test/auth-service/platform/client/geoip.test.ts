import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeLocation, openGeoip } from '../../../../auth-service/src/platform/client/geoip.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { encodeMmdb, type Network } from '../../support/mmdb.ts'

const city = (city: string, country: string) => ({
  city: { geoname_id: 1, names: { de: `${city} auf deutsch`, en: city } },
  country: { iso_code: 'XX', is_in_european_union: true, names: { en: country } },
  subdivisions: [{ names: { en: 'Somewhere' } }],
})
const NETWORKS: readonly Network[] = [
  ['192.0.2.0/24', city('Berlin', 'Germany')],
  ['198.51.100.0/25', { country: { names: { en: 'Kenya' } } }],
  ['203.0.113.7/32', city('Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch', 'United Kingdom')],
  ['2001:db8:1::/48', city('São Paulo', 'Brazil')],
]

let folder: string
let count = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-places-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function places(content: Buffer) {
  const path = join(folder, `${++count}.mmdb`)
  await writeFile(path, content)
  return openGeoip(path)
}

describe('The location of an address', () => {
  it.each([
    ['192.0.2.7', 'Berlin, Germany'],
    ['192.0.2.255', 'Berlin, Germany'],
    ['::ffff:192.0.2.7', 'Berlin, Germany'],
    ['::FFFF:192.0.2.7', 'Berlin, Germany'],
    ['198.51.100.127', 'Kenya'],
    ['198.51.100.128', null],
    ['203.0.113.7', 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch, United Kingdom'],
    ['203.0.113.8', null],
    ['2001:db8:1::1', 'São Paulo, Brazil'],
    ['2001:DB8:1:ffff:ffff:ffff:ffff:ffff', 'São Paulo, Brazil'],
    ['2001:db8:2::1', null],
    ['127.0.0.1', null],
    ['::1', null],
    ['', null],
    ['unknown', null],
  ])('%s is %s', async (address, place) => {
    const locate = await places(encodeMmdb(NETWORKS))
    expect(locate(address)).toBe(place)
  })

  it('is not guessed for IPv6 from an IPv4 database', async () => {
    const locate = await places(encodeMmdb([['32.0.0.0/8', city('Berlin', 'Germany')]], 4))
    expect(locate('32.1.13.184')).toBe('Berlin, Germany')
    expect(locate('::ffff:32.1.13.184')).toBe('Berlin, Germany')
    // Its first byte is 32, too.
    expect(locate('2001:db8::1')).toBeNull()
  })

  it('is unknown if the record has other data or none', async () => {
    const records = [
      'text',
      7,
      [],
      {},
      { city: 'Berlin' },
      { city: { names: { en: 7 } } },
      { country: { names: [] } },
    ]
    const locate = await places(
      encodeMmdb(records.map((record, at): Network => [`192.0.2.${at}/32`, record])),
    )
    for (const at of records.keys()) expect(locate(`192.0.2.${at}`)).toBeNull()
  })

  it('is unknown if the file is damaged anywhere, without an error', async () => {
    const sound = encodeMmdb(NETWORKS)
    const metadata = sound.indexOf('MaxMind.com') - 3
    for (let at = 0; at < metadata; at += 7) {
      const damaged = Buffer.from(sound)
      damaged.fill(0xff, at, Math.min(at + 12, metadata))
      const locate = await places(damaged)
      for (const address of ['192.0.2.7', '203.0.113.7', '2001:db8:1::1']) {
        expect(typeof (locate(address) ?? '')).toBe('string')
      }
    }
  })

  it('is unknown for input that is no address', async () => {
    const locate = await places(encodeMmdb(NETWORKS))
    for (const text of naughtyStrings) expect(locate(text)).toBeNull()
  })

  it('is unknown without a database', async () => {
    expect((await openGeoip(undefined))('192.0.2.7')).toBeNull()
  })

  it('is shown before the address', async () => {
    const locate = await places(encodeMmdb(NETWORKS))
    expect(describeLocation('192.0.2.7', locate)).toBe('Berlin, Germany (192.0.2.7)')
    expect(describeLocation('127.0.0.1', locate)).toBe('127.0.0.1')
    expect(describeLocation('', locate)).toBe('')
  })
})

describe('An unusable location database', () => {
  it.each([
    ['is missing', null],
    ['is empty', Buffer.alloc(0)],
    ['has another format', Buffer.from('id,city\n1,Berlin\n')],
    ['is compressed', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['is truncated', encodeMmdb(NETWORKS).subarray(0, -20)],
  ])('that %s is a problem with a remedy', async (_, content) => {
    const opening = content === null ? openGeoip(join(folder, 'missing.mmdb')) : places(content)
    await expect(opening).rejects.toMatchObject({
      code: 'invalid_config',
      problems: [
        expect.stringMatching(/^PLACES_DATABASE is .*\.mmdb", which can't be used: .*leave it out$/s),
      ],
    })
  })
})
