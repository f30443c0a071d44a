import { constantTimeEqual, sha256Hex } from '@alkdev/crypto'
import type { KeyedHash } from '@alkdev/crypto'
import { canonicalJson } from '@alkdev/std'

/** What stands before a keyed hash; rows of older versions hold a SHA-256 without it. */
const KEYED = 'k1:'

/** The call that an idempotency key stands for. */
export interface KeyedInput {
  readonly accountId: string
  readonly operationName: string
  readonly key: string
  readonly input: unknown
}

/**
 * The hash of an input that is stored with its idempotency key. It is keyed and covers account, operation and key, so that the database shows
 * neither the input of a call nor that two calls had the same one.
 */
export function inputHashOf(hash: KeyedHash, call: KeyedInput): string {
  return `${KEYED}${hash.of(textOf(call))}`
}

/** Is it the stored hash of this input? */
export function isInputHash(hash: KeyedHash, call: KeyedInput, stored: string): boolean {
  if (stored.startsWith(KEYED)) return hash.matches(textOf(call), stored.slice(KEYED.length))
  return constantTimeEqual(sha256Hex(canonicalJson(call.input)), stored)
}

function textOf({ accountId, operationName, key, input }: KeyedInput): string {
  // What is undefined has no place in a list of JSON.
  return canonicalJson([accountId, operationName, key, input === undefined ? [] : [input]])
}
