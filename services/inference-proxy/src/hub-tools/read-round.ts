import { parseJson } from '@alkdev/std'
import type { Dispatcher } from 'undici'
import { wholeBody } from '../relay/decoded-body.ts'
import { EventReader } from '../relay/event-reader.ts'
import { badAnswer } from '../relay/upstream-error.ts'
import type { Conversation } from './round.ts'

/** The body of a round that is no stream. `value`: undefined for one that is not JSON. */
export async function readWhole(
  sent: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly value: unknown }> {
  const bytes = await wholeBody(sent.body, maxBytes)
  if (bytes === undefined) throw badAnswer('hub', `answered with more than ${maxBytes} bytes`)
  try {
    return { bytes, value: parseJson(bytes.toString()) }
  } catch {
    return { bytes, value: undefined }
  }
}

/** Passes a stream on, as the conversation changes it. Comments stay as they are. `isCut`: the connection ended before the stream. */
export async function streamRound(
  sent: Dispatcher.ResponseData,
  conversation: Pick<Conversation, 'push'>,
  write: (events: string) => Promise<void>,
): Promise<{ readonly isCut: boolean }> {
  const reader = new EventReader()
  try {
    for await (const chunk of sent.body as AsyncIterable<Buffer>) {
      let events = ''
      for (const { bytes, data } of reader.push(chunk))
        events += data === undefined ? commentOf(bytes) : conversation.push(data)
      // A client that has left ends the signal of the request.
      // oxlint-disable-next-line no-await-in-loop -- the client sets the pace
      await write(events)
    }
    return { isCut: false }
  } catch {
    return { isCut: true }
  } finally {
    sent.body.on('error', () => undefined).destroy()
  }
}

/** A comment between events; nothing for other bytes without data. */
function commentOf(bytes: Buffer): string {
  return bytes[0] === 0x3a ? bytes.toString() : ''
}
