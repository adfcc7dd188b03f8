import { describe, expect, it } from 'vitest'
import {
  isLoopback,
  isPrivate,
  networkOf,
  readAddress,
  siteOf,
} from '../../../../auth-service/src/platform/net/ip-address.ts'

describe('An IP address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:0207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0:0:0:0:7', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
  ])('%s is normalised to %s', (text, written) => {
    expect(readAddress(text)).toBe(written)
  })

  it.each([
    '',
    'unknown',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.07',
    '0xc0000207',
    '192.0.2.7:80',
    '[::1]',
    ':::',
    '1::2::3',
    ' ::1',
  ])('is not %o', (text) => {
    expect(readAddress(text)).toBeNull()
  })

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['::7', '0:0:0:0::/64'],
    ['', ''],
  ])('%s belongs to the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8::7', '2001:db8:0::/48'],
  ])('%s belongs to the site %s', (address, site) => {
    expect(siteOf(address)).toBe(site)
  })

  it('is private if no stranger can have it', () => {
    const ours = ['127.0.0.1', '', '10.1.2.3', '172.31.0.1', '192.168.1.1', '100.64.0.1', '169.254.1.1']
    expect([...ours, 'fd00::1', 'fe80::1'].filter((address) => !isPrivate(address))).toEqual([])
    const others = ['192.0.2.7', '172.32.0.1', '100.128.0.1', '11.0.0.1', '2001:db8::7']
    expect(others.filter(isPrivate)).toEqual([])
  })

  it('is the machine itself if it is unknown or a loopback address', () => {
    expect(['', '::1', '127.0.0.1', '127.9.9.9'].map(isLoopback)).toEqual([true, true, true, true])
    expect(['128.0.0.1', '10.0.0.1', '::2'].map(isLoopback)).toEqual([false, false, false])
  })
})
