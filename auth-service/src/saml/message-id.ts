import { randomBytes } from 'node:crypto'

/** An unguessable `ID`: 128 random bits (saml-core, section 1.3.4). It begins like an XML name. */
export const messageId = (): string => `_${randomBytes(16).toString('hex')}`

/** A time in seconds as `xs:dateTime` in UTC (saml-core, section 1.3.3). */
export const instant = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
