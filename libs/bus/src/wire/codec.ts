import { BUS_WIRE_VERSION } from '@alkdev/contracts'
import { createHmacSigner } from '@alkdev/crypto'
import type { Counters } from '../counters.ts'

const MAC_LENGTH = 44

/**
 * The form of every message between instances: `<version>.<44 characters of base64 HMAC-SHA256><JSON>`. The MAC is over the
 * JSON, which names its topic, so a message can neither be changed nor be sent to another instance.
 */
export interface Codec {
  /** The signed text of a value that JSON can carry. */
  encode(value: unknown): string
  /** The signed text of a value that is serialized already. */
  seal(body: string): string
  /** The value, or undefined when the version, the key or the signature is wrong; counted by reason. */
  decode(text: string): unknown
}

/** `keys`: base64 of 32 bytes each. The first signs, all are accepted. */
export function createCodec(keys: readonly string[], counters: Counters): Codec {
  const signers = keys.map((key) => createHmacSigner(key))
  const [first] = signers
  if (first === undefined) throw new TypeError('a bus needs at least one key')
  const head = `${BUS_WIRE_VERSION}.`
  const bodyAt = head.length + MAC_LENGTH

  const seal = (body: string): string => head + first.sign(body) + body

  return {
    encode: (value) => seal(JSON.stringify(value)),
    seal,
    decode(text) {
      if (!text.startsWith(head)) {
        counters.messagesWrongVersion++
        return undefined
      }
      const mac = text.slice(head.length, bodyAt)
      const body = text.slice(bodyAt)
      if (!signers.some((signer) => signer.verify(body, mac))) {
        counters.messagesBadSignature++
        return undefined
      }
      try {
        return JSON.parse(body) as unknown
      } catch {
        counters.messagesMalformed++
        return undefined
      }
    },
  }
}
