import { describe, expect, it } from 'vitest'
import { deviceName } from '../../../../auth-service/src/platform/client/device.ts'
import { cpuTime } from '../../../support/cpu-time.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'

describe('The name of a device', () => {
  it.each([
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
      'Chrome on Windows',
    ],
    [`Mozilla/5.0 (Windows NT 10.0) ${WEBKIT} Chrome/140.0.0.0 Edg/140.0.0.0`, 'Microsoft Edge on Windows'],
    [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0`, 'Opera on Linux'],
    [`Mozilla/5.0 (Linux; Android 15) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
    [`Mozilla/5.0 (X11; CrOS x86_64 1) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`, 'Chrome on Chrome OS'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18.0 Safari/605.1.15', 'Safari on macOS'],
    ['Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) FxiOS/140.0 Safari/605.1.15', 'Firefox on iPad'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    ['Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0.0.0', 'Chrome on Linux'],
    ['Mozilla/5.0 (Windows NT 10.0)', 'Windows'],
    [
      `Mozilla/5.0 (Linux; Android 14; SM-S911B) ${WEBKIT} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
      'Samsung Internet on Android',
    ],
    [
      'Mozilla/5.0 (Linux; U; Android 4.0.3; de-de) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30',
      'Android Browser',
    ],
    ['curl/8.5.0', 'curl'],
    ['Wget/1.21.4', 'Wget'],
    ['curl/7.68.0 (x86_64-pc-linux-gnu) libcurl/7.68.0', 'curl on Linux'],
    ['python-requests/2.32.3', 'python-requests'],
    ['Python/3.12 aiohttp/3.9.5', 'aiohttp'],
    ['okhttp/4.12.0', 'okhttp'],
    ['Go-http-client/2.0', 'Go-http-client'],
    ['Apache-HttpClient/4.5.14 (Java/17.0.9)', 'Apache-HttpClient'],
    ['Mozilla/5.0 (Windows NT 10.0; de-DE) PowerShell/7.4.1', 'PowerShell on Windows'],
    ['node', 'node'],
    ['curling/1.0', 'Another program'],
    ['notcurl/8.5.0 curl-like', 'Another program'],
    ['', 'Unknown device'],
  ])('with user agent %j is %s', (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name)
  })

  it('is never free text from the user agent, since emails and pages quote it', () => {
    expect(deviceName('Win a prize at https://evil.example/now 1.0')).toBe('Another program')
    expect(deviceName('Generic/1.0 (X11; Linux)')).toBe('Linux')
    for (const text of naughtyStrings) {
      for (const userAgent of [text, `${text}/1.0 `, `Mozilla/5.0 (${text}) ${text}/1.0`]) {
        expect(deviceName(userAgent)).toMatch(/^[\w .-]{1,60}$/)
      }
    }
  })

  it('is found quickly for any user agent, however long and hostile', async () => {
    const pieces = [
      '/',
      'a/',
      ' ',
      '(',
      '(a;',
      'version/',
      'Android ',
      'mac os x ',
      'windows nt ',
      'safari',
      '\0',
    ]
    const spent = await cpuTime(() => {
      for (const piece of pieces) expect(deviceName(piece.repeat(512).slice(0, 512))).toMatch(/./)
    })
    expect(spent).toBeLessThan(1000)
  })
})
