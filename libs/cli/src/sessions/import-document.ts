import type { SessionsImportInput, SessionsImportOutput } from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'

/** Bytes of the messages of one call; one that the hub refuses is halved. */
const PIECE_BYTES = 768 * 1024

type Hub = Pick<HubClient, 'call'>
type Json = Readonly<Record<string, unknown>>

/**
 * Makes a session from a document. One that does not fit into a call is imported in pieces of whole messages. When a piece is refused, the session that was begun is
 * removed. Throws what the hub says, and OperatorError for a message that is too large alone.
 */
export async function importDocument(
  hub: Hub,
  document: Json,
  given: Omit<SessionsImportInput, 'document' | 'append'>,
): Promise<SessionsImportOutput> {
  const { messages } = document
  if (!Array.isArray(messages) || bytesOf(document) <= PIECE_BYTES)
    return hub.call('sessions.import', { document, ...given })
  // What the document says of the session goes with the first piece.
  let made = await hub.call<SessionsImportOutput>('sessions.import', {
    document: { ...document, messages: [] },
    ...given,
  })
  const { sessionId } = made.session
  const { format } = document
  let added = 0
  const notMapped = [...made.notMapped]
  try {
    for (let at = 0; at < messages.length;) {
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      const { answer, count } = await addPiece(messages, at, (piece) =>
        hub.call('sessions.import', {
          document: { format, messages: piece },
          append: { sessionId, after: added },
        }),
      )
      made = answer
      added += answer.messages
      notMapped.push(...answer.notMapped.map((one) => ({ ...one, at: placeIn(one.at, at) })))
      at += count
    }
  } catch (error) {
    await hub.call('sessions.archive', { sessionId }).catch(() => undefined)
    await hub.call('sessions.delete', { sessionId }).catch(() => undefined)
    throw error
  }
  return { session: made.session, messages: added, notMapped }
}

/** Sends as many messages, from one on, as the hub takes. */
async function addPiece(
  messages: readonly unknown[],
  at: number,
  send: (piece: readonly unknown[]) => Promise<SessionsImportOutput>,
): Promise<{ readonly answer: SessionsImportOutput; readonly count: number }> {
  let count = 0
  for (let bytes = 0; at + count < messages.length; count++) {
    bytes += bytesOf(messages[at + count])
    if (bytes > PIECE_BYTES && count > 0) break
  }
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- until it fits
      return { answer: await send(messages.slice(at, at + count)), count }
    } catch (cause) {
      if (!(cause instanceof HubProblemError) || cause.code !== 'PAYLOAD_TOO_LARGE') throw cause
      if (count === 1) {
        const bytes = bytesOf(messages[at])
        throw new OperatorError(
          `The message /messages/${at} has ${bytes} bytes, more than the hub takes in one call. Nothing was imported.`,
          'Shorten it in the file, or raise limits.maxPayloadBytes and http.maxBodyBytes of the hub.',
          { cause },
        )
      }
      count = Math.ceil(count / 2)
    }
  }
}

/** A place in the messages of a piece as one in the document. */
function placeIn(path: string, offset: number): string {
  return path.replace(/^\/messages\/(\d+)/, (_, nr: string) => `/messages/${Number(nr) + offset}`)
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
