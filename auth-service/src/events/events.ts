import type { ClosableModule } from '../platform/process/module.ts'
import { type Audit, createAudit } from './audit-log.ts'
import { type AuditSearch, createAuditSearch } from './audit-search.ts'
import { createFeedPublisher, type FeedPublisher } from './feed-publish.ts'
import {
  createFeedSubscriptions,
  type FeedSubscriptions,
  type FeedSubscriptionsOptions,
} from './feed-subscribe.ts'
import { createFeedEntries, type FeedEntriesOptions } from './revocation-entries.ts'

/** The revocation feed in the database. */
export interface Revocations extends FeedPublisher, Omit<FeedSubscriptions, 'wake'> {}

/** The records that a change adds in its own transaction. */
export interface Events {
  readonly audit: Audit
  /** A page of the audit log. */
  readonly searchAudit: AuditSearch
  readonly revocations: Revocations
}

export function createEvents(options: FeedEntriesOptions & FeedSubscriptionsOptions) {
  const { wake, ...subscriptions } = createFeedSubscriptions(options)
  const publisher = createFeedPublisher({ ...options, entries: createFeedEntries(options), wake })
  const audit = createAudit(options)
  const revocations = { ...subscriptions, ...publisher }
  return {
    parts: { audit, searchAudit: createAuditSearch(options.database), revocations },
    deleteExpired: { revocations: revocations.deleteExpired, auditLog: audit.deleteExpired },
    close: revocations.close,
  } satisfies ClosableModule<Events>
}
