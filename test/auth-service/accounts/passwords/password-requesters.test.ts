import { expect, it, onTestFinished } from 'vitest'
import { createPasswords, type Passwords } from '../../../../auth-service/src/accounts/passwords/passwords.ts'
import type { Requester } from '../../../../auth-service/src/accounts/rate-limits.ts'
import { createLog } from '../../../../auth-service/src/platform/logging/logger.ts'
import { createService } from '../../../../auth-service/src/service.ts'
import { testConfig } from '../../support/services.ts'

const EMAIL = 'ada@example.com'
const PASSWORD = 'a long walk by the sea'
const NEW_PASSWORD = 'a short walk by the lake'
const DEVICE = { userAgent: 'Firefox', address: '2001:db8:1:2:3::4' }

it('every password hash and check queues in the share of its network and account', async () => {
  const pool = createPasswords({ cost: 4 })
  const asked: (Requester | undefined)[] = []
  const passwords: Passwords = {
    ...pool,
    hash: (password, requester) => {
      asked.push(requester)
      return pool.hash(password, requester)
    },
    check: (password, encoded, requester) => {
      asked.push(requester)
      return pool.check(password, encoded, requester)
    },
    compare: (password, encoded, requester) => {
      asked.push(requester)
      return pool.compare(password, encoded, requester)
    },
  }
  const service = await createService(testConfig(), { passwords, log: createLog('silent') })
  onTestFinished(() => service.close())
  const { accounts, profile, passwordReset, users } = service
  const userOf = async () => {
    const user = await users.findByEmail(EMAIL)
    if (!user) throw new Error('Ada is gone.')
    return user
  }
  const origin = { sid: 'none', device: DEVICE }

  const steps: Record<string, () => Promise<unknown>> = {
    register: () => accounts.register({ email: EMAIL, password: PASSWORD }, DEVICE),
    'sign in': () => accounts.signIn({ email: 'ADA@Example.com', password: PASSWORD }, DEVICE),
    'change the password': async () =>
      profile.changePassword(await userOf(), { current_password: PASSWORD, password: NEW_PASSWORD }, origin),
    'change the email': async () =>
      profile.askForEmail(
        await userOf(),
        { current_password: NEW_PASSWORD, email: 'augusta@example.com' },
        origin,
      ),
    'choose another password by a link': async () => {
      const link = new URL(await passwordReset.createResetLink(await userOf()))
      return passwordReset.reset(link.searchParams.get('token'), PASSWORD, DEVICE)
    },
    'delete the account': async () => profile.requestDeletion(await userOf(), { password: 'wrong' }, origin),
  }
  for (const [step, take] of Object.entries(steps)) {
    asked.length = 0
    await take()
    expect(asked.length, step).toBeGreaterThan(0)
    for (const requester of asked) {
      expect(requester, step).toEqual({
        site: '2001:db8:1::/48',
        network: '2001:db8:1:2::/64',
        account: EMAIL,
      })
    }
  }
})
