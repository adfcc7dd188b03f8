import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AppPermission } from '../../../apps/app-permissions.ts'
import type { App, RegisteredApp } from '../../../apps/apps.ts'
import type { Locate } from '../../../platform/client/geoip.ts'
import { unixTime } from '../../../platform/clock.ts'
import { message } from '../../../platform/i18n/message.ts'
import { shellWord } from '../../../platform/validation/shell-word.ts'
import { type ApiToken, tokenJson } from '../../../tokens/api-tokens/api-token.ts'
import type { ApiTokenInput } from '../../../tokens/api-tokens/api-token-input.ts'
import { BackToAccount } from '../../components/back-to-account.tsx'
import { refuse } from '../../components/error-page.tsx'
import { FormError, PostForm } from '../../components/form.tsx'
import { Layout, page } from '../../components/layout.tsx'
import { useRichTranslation, useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/body.ts'
import { createFlash } from '../../forms/flash.ts'
import type { Problems, WithErrors } from '../../forms/form-page.ts'
import type { Submission } from '../../forms/submission.ts'
import type { AccountContext } from '../../middleware/account-origin.ts'
import { requireProof } from '../../middleware/require-proof.ts'
import type { AccountEnv } from '../../middleware/require-session.ts'
import type { Web } from '../../web.ts'
import { TokenForm } from './token-form.tsx'
import { TokenRows } from './token-rows.tsx'

const PAGE = '/account/tokens'
/** How long the page shows a new token, in seconds. */
const SHOWN = 60

const DONE: Readonly<Record<string, string>> = {
  revoked: message('The token is revoked. Apps refuse it from now on.'),
  all_revoked: message('All your API tokens are revoked. Apps refuse them from now on.'),
}

/** `/account/tokens`: lists, creates and revokes the user's API tokens. */
export function tokensPage(web: Web): Hono<AccountEnv> {
  const { apiTokens, apps, appPermissions, config, formPage, limits, locate, now } = web
  const fresh = createFlash(config, PAGE)

  async function show(
    c: AccountContext,
    status: ContentfulStatusCode,
    fields: Submission['fields'],
    { errors }: Problems = {},
  ) {
    const { user } = c.var.account
    const done = c.req.query('done') ?? ''
    const permissions = await appPermissions.list()
    const content = {
      tokens: await apiTokens.list(user),
      apps: takingTokens().filter((app) => isOffered(app, permissions)),
      permissions,
      longest: config.apiTokenMaxAge ?? null,
      now: unixTime(now),
      locate,
      fields,
      errors,
      secret: done === 'created' ? fresh.of(c) : null,
      notice: Object.hasOwn(DONE, done) ? DONE[done] : undefined,
    }
    return page(c, status, <TokensPage {...content} />)
  }

  /** An app without credentials can't check tokens. */
  const takingTokens = (): readonly RegisteredApp[] => apps.list().filter(({ clientId }) => clientId !== null)

  const actorOf = (c: AccountContext) => ({ uuid: c.var.account.user.uuid, device: c.var.device })

  const onSubmit = formPage({
    values: (_: AccountContext, fields) => fields,
    address: () => PAGE,
    show,
  })

  /** The form has one field for each app and permission; programs send lists. */
  function inputOf(fields: Submission['fields'], json: boolean): ApiTokenInput {
    if (json) return fields
    const chosen = takingTokens().filter(({ id }) => fields[`app_${id}`] !== undefined)
    const scopes = Object.keys(fields).flatMap((name) => /^scope_(.+)$/.exec(name)?.slice(1) ?? [])
    return {
      name: fields.name,
      apps: fields.all_apps === undefined ? chosen.map(({ name }) => name) : 'all',
      scopes,
      expires:
        fields.expires === 'date' ? fields.date : fields.expires === 'longest' ? undefined : fields.expires,
    }
  }

  return new Hono<AccountEnv>()
    .get(PAGE, async (c) => {
      if (!wantsJson(c)) return show(c, 200, {})
      return c.json({ tokens: (await apiTokens.list(c.var.account.user)).map(tokenJson) })
    })
    .post(
      PAGE,
      requireProof(web),
      onSubmit(async (c, { fields, json }) => {
        const { user } = c.var.account
        await limits.consumeChange('tokens', user.uuid)
        const created = await apiTokens.create(user, inputOf(fields, json), actorOf(c))
        if (!created.ok) return { errors: created.errors }
        if (!json) fresh.set(c, created.secret, SHOWN)
        const body = { ...tokenJson(created.token), token: created.secret }
        return { to: `${PAGE}?done=created`, body, status: 201 }
      }),
    )
    .post(
      `${PAGE}/revoke-all`,
      onSubmit(async (c) => {
        await apiTokens.revokeAll(c.var.account.user, actorOf(c))
        return { to: `${PAGE}?done=all_revoked` }
      }),
    )
    .post(
      `${PAGE}/:id/revoke`,
      onSubmit(async (c) => {
        const revoked = await apiTokens.revoke(c.var.account.user, c.req.param('id') as string, actorOf(c))
        return revoked ? { to: `${PAGE}?done=revoked` } : refuse(c, 'not_found')
      }),
    )
}

interface TokensPageProps extends WithErrors {
  readonly tokens: readonly ApiToken[]
  readonly apps: readonly App[]
  readonly permissions: readonly AppPermission[]
  /** The longest lifetime of a token, in seconds; `null` without a limit. */
  readonly longest: number | null
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Locate
  /** The earlier input. */
  readonly fields: Submission['fields']
  /** A new token. */
  readonly secret: string | null
  readonly notice: string | undefined
}

const TokensPage = ({ tokens, now, locate, secret, notice, errors = {}, ...form }: TokensPageProps) => {
  const t = useTranslation()
  return (
    <Layout title={t('API tokens')} wide errors={errors}>
      <h1>{t('API tokens')}</h1>
      {notice && (
        <p class="notice" role="status">
          {t(notice)}
        </p>
      )}
      {secret && <NewToken secret={secret} address={addressFor(secret, tokens, form)} />}
      <FormError words={errors.form} />
      <p class="muted">
        {t(
          'A script, a phone or a scheduled job signs in with a token instead of your password. Treat a token like a password, and revoke it when you no longer need it.',
        )}
      </p>
      {tokens.length > 0 && (
        <section class="card" aria-labelledby="tokens">
          <h2 id="tokens">{t('Your tokens')}</h2>
          <TokenRows {...{ tokens, now, locate }} action={PAGE} changeable />
          {tokens.length > 1 && (
            <PostForm action={`${PAGE}/revoke-all`}>
              <button class="button quiet" type="submit">
                {t('Revoke all')}
              </button>
            </PostForm>
          )}
        </section>
      )}
      <section class="card" aria-labelledby="new">
        <h2 id="new">{t('Create a token')}</h2>
        {form.apps.length === 0 ? (
          <p>{t('No app accepts API tokens yet. Your administrator can give apps credentials.')}</p>
        ) : (
          <TokenForm action={PAGE} errors={errors} {...form} />
        )}
      </section>
      <BackToAccount />
    </Layout>
  )
}

/** Whether an app is offered: a client of OpenID Connect may have its credentials for signing in alone. */
const isOffered = ({ id, oidc }: RegisteredApp, permissions: readonly AppPermission[]): boolean =>
  oidc === null || permissions.some(({ appId }) => appId === id)

/** Where to try the token with this value: a path that its app names for one of its scopes, or the app's first page. */
function addressFor(
  secret: string,
  tokens: readonly ApiToken[],
  { apps, permissions }: Pick<TokensPageProps, 'apps' | 'permissions'>,
): string | undefined {
  const token = tokens.find(({ start }) => secret.startsWith(start))
  const taking = apps.filter(({ name }) => !token?.apps || token.apps.includes(name))
  for (const { id, startUrl } of taking) {
    const tried = permissions.find(
      ({ appId, name, path }) => appId === id && path && token?.scopes.includes(name),
    )
    if (tried?.path) return new URL(tried.path, startUrl).href
  }
  return taking[0]?.startUrl
}

/** A command for a terminal. */
const tryout = (secret: string, address: string): string =>
  `curl -H ${shellWord(`Authorization: Bearer ${secret}`)} ${shellWord(address)}`

/** The value of a new token, and how to try it. */
const NewToken = ({ secret, address }: { readonly secret: string; readonly address: string | undefined }) => {
  const t = useTranslation()
  const rich = useRichTranslation()
  return (
    <section class="notice stack" aria-label={t('Your new token')}>
      <p role="status">
        {rich('Copy your new token now. You can’t see it again: {token}', {
          token: <strong class="letter">{secret}</strong>,
        })}
      </p>
      {address && (
        <p class="small">
          {rich('Try it: {command}', {
            command: <code class="letter">{tryout(secret, address)}</code>,
          })}
        </p>
      )}
    </section>
  )
}
