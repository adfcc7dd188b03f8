import type { Revocation } from '@latchkey/jwt-middleware/contract'
import type { Revocations } from '../../events/events.ts'
import type { FeedEntry } from '../../events/revocation-entries.ts'
import { unixTime } from '../../platform/clock.ts'
import { ROWS_OF_SESSIONS, toldTo } from './feed-entries.ts'

export interface RevocationStreamOptions {
  readonly revocations: Pick<Revocations, 'since' | 'subscribe' | 'hears'>
  /** The client's contract version. */
  readonly contract: number
  /** The client's highest id, 0 for none. */
  readonly from: number
  /** The clock, in ms; each heartbeat contains it. */
  readonly now: () => number
  /** Cuts the connection of a client that stops reading. */
  readonly drop: () => void
  /** Called once, when nothing more will be sent. */
  readonly onEnd: () => void
}

/** How much is queued for a slow client, in bytes; the rest is read again later. */
const QUEUE = 64 * 1024
/** Entries read and written at once, well within the queue. */
const PAGE = 500
/** How often a heartbeat is sent, in ms; apps drop a stream that is silent for three times as long. */
const HEARTBEAT = 15_000
/** Heartbeats that find the queue full before the client is cut off. */
const PATIENCE = 2
/** The reconnection delay of a browser's EventSource, in ms. */
const RETRY = 1000

/**
 * The feed as server-sent events (WHATWG HTML, section 9.2): live entries after `from`, then `ready`, then new ones.
 * Throws if the database does not respond; later, the stream ends in that case, and the client reconnects.
 */
export async function openRevocationStream(options: RevocationStreamOptions): Promise<ReadableStream> {
  const { revocations, contract, from, now, drop, onEnd } = options
  const page = contract > 1 ? PAGE : ROWS_OF_SESSIONS
  const encoder = new TextEncoder()
  let sent = from
  let behind = true
  let reading = false
  let ready = false
  let ended = false
  let stalled = 0

  let controller!: ReadableStreamDefaultController<Uint8Array>
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (it) => {
        controller = it
      },
      // There is room again.
      pull: () => catchUp(),
      cancel: () => stop(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: QUEUE }),
  )
  const write = (text: string) => controller.enqueue(encoder.encode(text))
  const tell = (entries: readonly FeedEntry[]) => {
    const text = entries.flatMap(toldTo(contract)).map(eventOf).join('')
    if (text !== '') write(text)
  }
  const hasRoom = () => (controller.desiredSize ?? 0) > 0

  /** Writes all further entries, page by page, as fast as the client reads. */
  async function catchUp(): Promise<void> {
    if (reading) return
    reading = true
    try {
      while (behind && !ended && hasRoom()) await nextPage()
    } catch {
      end()
    } finally {
      reading = false
    }
  }

  async function nextPage(): Promise<void> {
    behind = false
    const { last, entries } = await revocations.since(sent, page)
    if (ended) return
    const full = entries.length === page
    sent = (full && entries.at(-1)?.id) || last
    behind ||= full
    tell(entries)
    if (full || ready) return
    ready = true
    write(`event: ready\ndata: ${JSON.stringify({ last: sent })}\n\n`)
  }

  function send(entries: readonly FeedEntry[], after: number): void {
    if (reading || behind || sent < after || entries.length > page || !hasRoom()) {
      behind = true
      void catchUp()
      return
    }
    const news = entries.filter(({ id }) => id > sent)
    sent = news.at(-1)?.id ?? sent
    tell(news)
  }

  function beat(): void {
    if (hasRoom()) {
      stalled = 0
      // Silent while this service receives nothing itself, so that apps notice that their feed is stale.
      if (revocations.hears()) write(`: ${unixTime(now)}\n\n`)
    } else if (++stalled >= PATIENCE) {
      end()
      drop()
    }
  }

  function stop(): void {
    if (ended) return
    ended = true
    clearInterval(beating)
    unsubscribe()
    onEnd()
  }

  function end(): void {
    if (ended) return
    stop()
    controller.close()
  }

  const beating = setInterval(beat, HEARTBEAT).unref()
  let unsubscribe = () => {}
  unsubscribe = revocations.subscribe(send, () => {
    const waits = !hasRoom()
    end()
    if (waits) drop()
  })
  if (ended) return stream
  try {
    write(`retry: ${RETRY}\n\n`)
    reading = true
    await nextPage()
    reading = false
    void catchUp()
    return stream
  } catch (error) {
    stop()
    throw error
  }
}

const eventOf = (entry: Revocation): string =>
  `id: ${entry.id}\nevent: revocation\ndata: ${JSON.stringify(entry)}\n\n`
