/** A frame of a WebSocket (RFC 6455, section 5.2), not masked, as servers send them. */
export interface Frame {
  readonly opcode: number
  readonly isFinal: boolean
  readonly payload: Buffer
}

export const OPCODES = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8 } as const

/** Cuts the bytes of a server into frames. */
export class FrameReader {
  readonly #maxBytes: number
  /** What follows the last whole frame, in the pieces in which it came. */
  #held: Buffer[] = []
  #heldBytes = 0
  /** Bytes without which the next frame is not whole, as far as is known. */
  #wanted = 2

  /** `maxBytes`: of the payload of one frame. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The frames that are whole now. Throws RangeError for one that is too long, masked, or uses an extension. */
  push(chunk: Buffer): Frame[] {
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    // A long frame is put together once, and not with every piece of it.
    if (this.#heldBytes < this.#wanted) return []
    let rest = this.#held.length === 1 ? chunk : Buffer.concat(this.#held)
    const frames: Frame[] = []
    for (let frame = this.#next(rest); frame !== undefined; frame = this.#next(rest)) {
      frames.push(frame)
      rest = rest.subarray(this.#wanted)
    }
    this.#held = [rest]
    this.#heldBytes = rest.length
    return frames
  }

  /** The frame with which the bytes begin, of `#wanted` bytes; undefined when it is not whole. */
  #next(bytes: Buffer): Frame | undefined {
    this.#wanted = 2
    if (bytes.length < 2) return undefined
    const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)]
    if ((first & 0x70) !== 0 || (second & 0x80) !== 0)
      throw new RangeError('a frame of the server is masked or uses an extension')
    const short = second & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    this.#wanted = head
    if (bytes.length < head) return undefined
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (length > this.#maxBytes) throw new RangeError('a frame of the server is too long')
    this.#wanted = head + length
    if (bytes.length < head + length) return undefined
    const payload = bytes.subarray(head, head + length)
    return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload }
  }
}

/** A whole frame of a server. */
export function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head.writeUInt8(0x80 | opcode, 0)
  if (length < 126) head.writeUInt8(length, 1)
  else if (length < 65_536) {
    head.writeUInt8(126, 1)
    head.writeUInt16BE(length, 2)
  } else {
    head.writeUInt8(127, 1)
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, payload])
}

/** The frame with which a server closes: a code of RFC 6455, section 7.4, and why in at most 123 bytes. */
export function closeFrame(code: number, reason: string): Buffer {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code, 0)
  return frameOf(OPCODES.CLOSE, Buffer.concat([head, Buffer.from(reason).subarray(0, 123)]))
}
