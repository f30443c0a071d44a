import { hash } from 'node:crypto'
import { constantTimeEqual } from '@alkdev/crypto'

export interface KeyHashOptions {
  readonly algorithm?: 'sha256' | 'sha512'
  /** One value for all keys of a deployment; its SHA-256 is appended to the key before hashing. */
  readonly salt?: string
}

/** The hash that is stored, lower-case hex. Fast on purpose: keys are long and random, so there is nothing to guess. */
export function createKeyHash(options: KeyHashOptions = {}): (key: string) => string {
  const algorithm = options.algorithm ?? 'sha256'
  if (options.salt === undefined || options.salt === '') return (key) => hash(algorithm, key, 'hex')
  const pepper = hash('sha256', options.salt, 'hex')
  return (key) => hash(algorithm, key + pepper, 'hex')
}

/** Compares two hashes in constant time. */
export function equalHashes(a: string, b: string): boolean {
  return constantTimeEqual(a, b)
}
