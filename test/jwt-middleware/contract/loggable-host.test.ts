import { expect, it } from 'vitest'
import { loggableHost, NO_HOST, SOME_ADDRESS } from '../../../jwt-middleware/src/contract/loggable-host.ts'

it.each([
  ['https://App1.example.com:8443/notes?email=ada@example.com#top', 'app1.example.com'],
  ['app1.example.com:4001', 'app1.example.com'],
  ['https://ada:secret@app1.example.com/', 'app1.example.com'],
  ['localhost:3000', 'localhost'],
  ['http://127.0.0.1:4000', '127.0.0.1'],
  ['http://[::1]:4000', '[::1]'],
  ['http://203.0.113.7/', SOME_ADDRESS],
  ['203.0.113.7:443', SOME_ADDRESS],
  ['http://3405803783/', SOME_ADDRESS],
  ['http://[2001:db8::7]/', SOME_ADDRESS],
  ['null', 'null'],
  ['', NO_HOST],
  [undefined, NO_HOST],
  ['javascript:alert(1)', NO_HOST],
  ['evil host\nline two', NO_HOST],
  [`${'a'.repeat(300)}.example`, NO_HOST],
])('%j is %s in a log', (text, host) => {
  expect(loggableHost(text)).toBe(host)
})
