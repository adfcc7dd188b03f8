import { isLocalName } from '@latchkey/jwt-middleware/contract'
import { Hono, type MiddlewareHandler } from 'hono'
import { unixTime } from '../../platform/clock.ts'
import { hasDevInbox, isLoopback } from '../../platform/config/mail-config.ts'
import { message } from '../../platform/i18n/message.ts'
import type { KeptMail } from '../../platform/mail/dev-inbox.ts'
import type { Service } from '../../service.ts'
import { refuse } from '../components/error-page.tsx'
import { Layout, page } from '../components/layout.tsx'
import { Time } from '../components/time.tsx'
import { useTranslation } from '../components/translate.tsx'
import { wantsJson } from '../forms/body.ts'
import { EMAIL_SANDBOX, mayFrame, noStore, servesEmail } from '../middleware/security-headers.ts'

/**
 * `/mailbox`: the messages that would have been sent, for development. It does not exist when email is sent, or on
 * other hosts.
 */
export function devInboxPage({ config, devInbox, now }: Service): Hono {
  const app = new Hono()
  if (!hasDevInbox(config)) return app

  app.use('/mailbox/*', noStore, fromThisMachine)
  app.get('/mailbox', async (c) => {
    const mails = await devInbox.list()
    if (wantsJson(c)) return c.json({ messages: mails.map(mailJson) })
    return page(c, 200, <DevInboxPage mails={mails} now={unixTime(now)} />)
  })
  app.get('/mailbox/:id{[0-9]{1,9}}', async (c) => {
    const mail = await devInbox.find(Number(c.req.param('id')))
    if (!mail) return refuse(c, 'not_found')
    if (wantsJson(c)) return c.json(mailJson(mail))
    mayFrame(c)
    return page(c, 200, <MailPage mail={mail} authUrl={config.authUrl} />)
  })
  app.get('/mailbox/:id{[0-9]{1,9}}/html', async (c) => {
    const mail = await devInbox.find(Number(c.req.param('id')))
    if (!mail?.html) return refuse(c, 'not_found')
    servesEmail(c)
    return c.html(outOfTheFrame(mail.html))
  })
  return app
}

/** Only under a name of this machine: any site can point its own name here, and read the response. */
const fromThisMachine: MiddlewareHandler = async (c, next) => {
  const host = new URL(c.req.url).hostname.replace(/^\[|\]$/g, '')
  return isLocalName(host) || isLoopback(host) ? next() : refuse(c, 'not_found')
}

/** Like in mail programs, links of a message open outside of it. */
const outOfTheFrame = (html: string): string => html.replace('<head>', '<head><base target="_top">')

const mailJson = ({ id, to, subject, text, html, createdAt }: KeptMail) => ({
  id,
  to,
  subject,
  text,
  html,
  created_at: createdAt,
})

const subjectOf = ({ subject }: KeptMail): string => subject.trim() || message('(no subject)')

const DevInboxPage = ({ mails, now }: { mails: readonly KeptMail[]; now: number }) => {
  const t = useTranslation()
  return (
    <Layout title={t('Inbox')} wide>
      <h1>{t('Inbox')}</h1>
      <p class="muted">
        {t(
          'SMTP_URL is not set, so no email leaves this machine. These emails would have been sent, newest first.',
        )}
      </p>
      <section class="card" aria-label={t('Emails')}>
        {mails.length === 0 ? (
          <p>{t('No emails yet.')}</p>
        ) : (
          <ul class="rows">
            {mails.map((mail) => (
              <li>
                <div>
                  <p>
                    <a href={`/mailbox/${mail.id}`}>{t(subjectOf(mail))}</a>
                  </p>
                  <p class="muted small">{t('To {email}', { email: mail.to })}</p>
                </div>
                <p class="muted small">
                  <Time at={mail.createdAt} now={now} />
                </p>
              </li>
            ))}
          </ul>
        )}
      </section>
    </Layout>
  )
}

const MailPage = ({ mail, authUrl }: { mail: KeptMail; authUrl: string }) => {
  const t = useTranslation()
  return (
    <Layout title={t(subjectOf(mail))} wide>
      <h1>{t(subjectOf(mail))}</h1>
      <article class="card" aria-label={t('Email')}>
        <dl class="facts">
          <dt>{t('To')}</dt>
          <dd>{mail.to}</dd>
          <dt>{t('Written')}</dt>
          <dd>
            <Time at={mail.createdAt} />
          </dd>
        </dl>
        {mail.html && (
          <iframe
            class="mail"
            src={`/mailbox/${mail.id}/html`}
            sandbox={EMAIL_SANDBOX}
            title={t('The email as programs show it')}
          />
        )}
        <h2>{t('The same as text')}</h2>
        <p class="letter">
          <Linked text={mail.text} authUrl={authUrl} />
        </p>
      </article>
      <p>
        <a href="/mailbox">{t('All emails')}</a>
      </p>
    </Layout>
  )
}

/** The text, with links to our own pages. Others stay text, since a message may quote any input. */
const Linked = ({ text, authUrl }: { text: string; authUrl: string }) => (
  <>
    {text
      .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)
      .map((part, index) => (index % 2 === 1 && isOurs(part, authUrl) ? <a href={part}>{part}</a> : part))}
  </>
)

const isOurs = (link: string, authUrl: string): boolean =>
  URL.canParse(link) && new URL(link).origin === authUrl
