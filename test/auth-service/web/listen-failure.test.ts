import { expect, it } from 'vitest'
import { lowPortRemedy, portRemedy } from '../../../auth-service/src/web/listen-failure.ts'

const VISIBLE = { authUrl: 'http://auth.demo.localhost', port: 80 }
const BEHIND_A_PROXY = { authUrl: 'https://auth.example.com', port: 443 }

it('a low port is changed where browsers see it, in an address that can be pasted', () => {
  const [, pasted = ''] = /for example (\S+), and in LOGIN_URL/.exec(lowPortRemedy(VISIBLE, 'PORT')) ?? []
  expect(pasted).toBe('http://auth.demo.localhost:4000')
  expect(lowPortRemedy(VISIBLE, 'PORT')).toContain('If a proxy is in front, set PORT')
})

it('a low port behind a proxy, or of the listener for apps, is changed by its setting', () => {
  expect(lowPortRemedy(BEHIND_A_PROXY, 'PORT')).toBe('Set PORT to a port from 1024 on.')
  expect(lowPortRemedy(VISIBLE, 'INTERNAL_PORT')).toBe('Set INTERNAL_PORT to a port from 1024 on.')
})

it('a port in use is changed in AUTH_URL if browsers see it, also without a port there', () => {
  expect(portRemedy(VISIBLE, 'PORT')).toMatch(/another port in AUTH_URL, and in LOGIN_URL/)
  expect(portRemedy({ ...VISIBLE, port: 4000 }, 'PORT')).toMatch(/set PORT to a free port/)
  expect(portRemedy(BEHIND_A_PROXY, 'PORT')).toMatch(/set PORT to a free port/)
})
