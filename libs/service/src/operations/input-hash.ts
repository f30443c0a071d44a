import { constantTimeEqual, sha256Hex } from '@alkdev/crypto'
import type { KeyedHash } from '@alkdev/crypto'
import { canonicalJson } from '@alkdev/std'

/** Prefix of a keyed hash; rows of older versions hold a SHA-256 without it. */
const KEYED = 'k1:'

/** The call that an idempotency key identifies. */
export interface KeyedInput {
  readonly accountId: string
  readonly operationName: string
  readonly key: string
  readonly input: unknown
}

/**
 * The hash of an input that is stored with its idempotency key. It is keyed and covers account, operation and key, so that the database
 * reveals neither the input of a call nor that two calls had the same input.
 */
export function inputHashOf(hash: KeyedHash, call: KeyedInput): string {
  return `${KEYED}${hash.of(textOf(call))}`
}

/** True when `stored` is the hash of this input. */
export function isInputHash(hash: KeyedHash, call: KeyedInput, stored: string): boolean {
  if (stored.startsWith(KEYED)) return hash.matches(textOf(call), stored.slice(KEYED.length))
  return constantTimeEqual(sha256Hex(canonicalJson(call.input)), stored)
}

function textOf({ accountId, operationName, key, input }: KeyedInput): string {
  // A JSON list cannot contain undefined.
  return canonicalJson([accountId, operationName, key, input === undefined ? [] : [input]])
}
