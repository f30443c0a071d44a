import { CodedError } from '@alkdev/errors'
import type { ModelBody } from './model-body.ts'

/** Members with which a client of other gateways sends its request, and its key, elsewhere. */
const STEERING: ReadonlySet<string> = new Set(['api_key', 'api_base', 'base_url'])
/** Members with which a provider may take another model than the one that the call is counted for. */
const OTHER_MODELS: ReadonlySet<string> = new Set(['models', 'fallbacks'])
/** Members that the hub decides by: where a request goes, what it may use and cost, and how it is answered. */
const DECIDING: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'best_of',
  'background',
  'messages',
  'input',
  'prompt',
  'previous_response_id',
  'conversation',
  'service_tier',
  'speed',
  'inference_geo',
])
/** Of these the hub reads the last one, and a provider may read the first. The others are replaced, or count with their largest value. */
const ONCE: ReadonlySet<string> = new Set([
  'stream',
  'background',
  'messages',
  'input',
  'prompt',
  'previous_response_id',
  'conversation',
  'service_tier',
  'speed',
  'inference_geo',
])
/** Finds them however they are written: readers of JSON that ignore capitals also take `ſ` for s and the sign for kelvin for k. */
const ANY = new RegExp(`^(?:${[...STEERING, ...OTHER_MODELS, ...DECIDING].join('|')})$`, 'iu')

/**
 * Throws VALIDATION_ERROR for a body whose provider could read another request than the hub: with a member that steers a gateway, or names other models, with one that decides
 * in other letters (some readers of JSON do not mind capitals), and with two that differ where only one of them is read.
 */
export function checkDecidingMembers({ bytes, object }: ModelBody): void {
  const once = new Map<string, Buffer>()
  for (const { name, from, to } of object.members) {
    if (!ANY.test(name)) continue
    if (STEERING.has(name))
      throw refused(
        name,
        `${name} is not allowed: the hub knows the addresses and keys of its providers.`,
      )
    if (OTHER_MODELS.has(name) && isEmpty(bytes.subarray(from, to))) continue
    if (OTHER_MODELS.has(name))
      throw refused(
        name,
        `${name} is not allowed: the call is counted for its model. An alias of the hub names several.`,
      )
    if (!DECIDING.has(name)) throw refused(name, `${name} must be written in small letters.`)
    if (!ONCE.has(name)) continue
    const value = bytes.subarray(from, to)
    if (once.get(name)?.equals(value) === false)
      throw refused(name, `${name} must not come twice with different values.`)
    once.set(name, value)
  }
}

function isEmpty(value: Buffer): boolean {
  return /^(?:null|\[\s*\])$/.test(value.toString())
}

function refused(param: string, message: string): CodedError {
  return new CodedError('VALIDATION_ERROR', message, { details: { param } })
}
