import { PassThrough } from 'node:stream'
import { OPERATOR } from '@latchkey/auth-service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OidcClientInput } from '../../../../auth-service/src/apps/oidc-client-input.ts'
import { doctor as command } from '../../../../auth-service/src/cli/commands/doctor.ts'
import { createTerminal } from '../../../../auth-service/src/cli/terminal.ts'
import { eventually } from '../../../support/eventually.ts'
import { type RunningFamily, startFamily } from '../../../support/family.ts'

let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({ LOG_LEVEL: 'warn' }, { apps: false, guestBook: 'first party' })
})
afterAll(() => family?.close())

/** All that the doctor finds with a page of an app. */
async function allFindings(url: string) {
  const settings = { ...family.auth.env }
  const nowhere = createTerminal(process.stdin, new PassThrough(), settings)
  const outcome = await command.runBare(settings, { operands: [url], options: { json: true } }, nowhere)
  if (!outcome.ok && !('report' in outcome)) throw new Error(outcome.reason)
  const { findings } = JSON.parse(outcome.ok ? outcome.value : outcome.report) as {
    findings: { check: string; status: string; what: string; remedy?: string }[]
  }
  return findings
}

/** What it finds about that app. */
const findingsOf = async (url: string) =>
  (await allFindings(url)).filter(({ check }) => check === new URL(url).origin)

/** Changes the client, until the service has learned of it, and back afterwards. */
async function withClient(changes: OidcClientInput, what: RegExp): Promise<void> {
  const { url } = family.guestBook
  const usual = {
    redirect_uris: [`${url}/auth/callback`],
    post_logout_redirect_uris: [`${url}/auth/signed-out`],
    back_channel_logout_uri: `${url}/auth/back-channel-logout`,
    first_party: true,
  }
  const set = (client: OidcClientInput) =>
    family.administer(async (service) => {
      const app = service.apps.list().find(({ name }) => name === 'Guest book')
      await service.oidcClients.set(app?.id as never, client, OPERATOR)
    })
  await set({ ...usual, ...changes })
  try {
    await eventually(
      async () => {
        const findings = await findingsOf(`${url}/write`)
        expect(findings).toContainEqual(expect.objectContaining({ what: expect.stringMatching(what) }))
        for (const { status, remedy } of findings) if (status !== 'ok') expect(remedy).toContain('set-oidc')
      },
      { timeout: 60_000 },
    )
  } finally {
    await set(usual)
  }
}

describe('The doctor at an app that signs its users in by OpenID Connect', () => {
  it('tests it from sign-in to sign-out', async () => {
    const findings = await findingsOf(`${family.guestBook.url}/write`)
    expect(findings.map(({ status, what }) => [status, what])).toEqual([
      ['ok', 'The app signs users in by OpenID Connect, without a form for those who are signed in.'],
      ['ok', expect.stringMatching(/^After sign-out, the app rejected the session within \d\.\d s\.$/)],
    ])
  })

  it('finds nothing wrong with its domain, which needs no cookies of the family', async () => {
    const findings = await allFindings(`${family.guestBook.url}/write`)
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([])
  })

  it('names the callback that is not registered', () =>
    withClient(
      { redirect_uris: [`${family.guestBook.url}/other`] },
      /^The auth service refuses the app with client ID /,
    ))

  it('names the address that hears of no sign-out', () =>
    withClient({ back_channel_logout_uri: '' }, /^The app still accepts the session 5 s after sign-out/))

  it('stops where users are asked', () =>
    withClient({ first_party: false }, /the auth service asks them first/))
})
