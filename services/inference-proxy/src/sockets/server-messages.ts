import { parseJson } from '@alkdev/std'
import type { SecretScrubber } from '../redact/secret-scrubber.ts'
import { NO_TOKENS, addTokens, member, plainText } from '../usage/usage.ts'
import type { Usage } from '../usage/usage.ts'
import { FrameReader, frameOf, OPCODES } from './frame-reader.ts'
import type { Frame } from './frame-reader.ts'
import { realtimeUsage } from './realtime-usage.ts'

export interface ServerMessagesOptions {
  /** Of one message. */
  readonly maxBytes: number
  /** Takes a provider's key out of one message. */
  readonly scrubber: () => SecretScrubber
}

/** The input is transcribed by a model of its own, which counts as that of the socket. */
const TRANSCRIBED = 'conversation.item.input_audio_transcription.completed'

/** Reads the messages of a provider for the ledger, and gives out their bytes without traces of its key. */
export class ServerMessages {
  readonly #options: ServerMessagesOptions
  readonly #reader: FrameReader
  #parts: Buffer[] = []
  #partBytes = 0
  #opcode = 0
  #usage: Usage | undefined
  /** Bytes of text that the model wrote. */
  textBytes = 0
  /** The provider said that it closes. */
  isClosing = false

  constructor(options: ServerMessagesOptions) {
    this.#options = options
    this.#reader = new FrameReader(options.maxBytes)
  }

  /** The tokens of all responses so far; undefined when none reported any. */
  get usage(): Usage | undefined {
    return this.#usage
  }

  /** What the client gets. Throws RangeError for a message that is too long, or that is no frame of a server. */
  push(chunk: Buffer): Buffer {
    const out = this.#reader.push(chunk).flatMap((frame) => this.#take(frame))
    return out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out)
  }

  /** A message in pieces goes out whole: a key may lie in two of them. */
  #take({ opcode, isFinal, payload }: Frame): Buffer[] {
    if (opcode >= OPCODES.CLOSE) {
      if (opcode === OPCODES.CLOSE) this.isClosing = true
      return [frameOf(opcode, this.#clean(payload))]
    }
    if (opcode !== OPCODES.CONTINUATION) this.#opcode = opcode
    // Empty pieces count no bytes, so none are kept.
    if (payload.length > 0) this.#parts.push(payload)
    this.#partBytes += payload.length
    if (this.#partBytes > this.#options.maxBytes)
      throw new RangeError('a message of the server is too long')
    if (!isFinal) return []
    const message = Buffer.concat(this.#parts)
    this.#parts = []
    this.#partBytes = 0
    if (this.#opcode === OPCODES.TEXT) this.#read(message)
    return [frameOf(this.#opcode, this.#clean(message))]
  }

  #clean(bytes: Buffer): Buffer {
    const scrubber = this.#options.scrubber()
    return Buffer.concat([scrubber.push(bytes), scrubber.end()])
  }

  #read(message: Buffer): void {
    let data: unknown
    try {
      data = parseJson(message.toString())
    } catch {
      return
    }
    const [type, delta] = [plainText(data, 'type'), member(data, 'delta')]
    if (typeof delta === 'string' && !type.endsWith('audio.delta'))
      this.textBytes += Buffer.byteLength(delta)
    if (type !== 'response.done' && type !== TRANSCRIBED) return
    const usage = realtimeUsage(
      member(type === TRANSCRIBED ? data : member(data, 'response'), 'usage'),
    )
    if (usage === undefined) return
    const former = this.#usage?.tokens ?? NO_TOKENS
    this.#usage = {
      tokens: addTokens(former, usage.tokens),
      inconsistent: usage.inconsistent || this.#usage?.inconsistent === true,
    }
  }
}
