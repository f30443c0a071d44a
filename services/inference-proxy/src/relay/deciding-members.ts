import { CodedError } from '@alkdev/errors'
import { listOf } from '../usage/usage.ts'
import type { ModelBody } from './model-body.ts'

/** Members with which a client of other gateways sends its request, and its key, elsewhere. */
const STEERING: ReadonlySet<string> = new Set([
  'api_key',
  'api_base',
  'base_url',
  'user_config',
  'litellm_params',
])
/**
 * Members with which a provider may take another model than the one that the call is counted for: of OpenRouter, Anthropic, Vercel's gateway and
 * LiteLLM.
 */
const OTHER_MODELS: ReadonlySet<string> = new Set([
  'models',
  'fallbacks',
  'preset',
  'context_window_fallbacks',
  'content_policy_fallbacks',
])
/** Lists of objects, and objects of objects, that may name another model: tools that ask one (`advisor`, `image_generation`), plug-ins, options of a gateway. */
const LISTS = ['tools', 'plugins'] as const
const OPTIONS = ['providerOptions', 'provider_options'] as const
/** How these members are written, by their names in small letters. */
const HOLDERS: ReadonlyMap<string, string> = new Map(
  [...LISTS, ...OPTIONS].map((name) => [name.toLowerCase(), name]),
)
const NAMES_MODEL = /^(?:models?|fallbacks)$/iu
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
  'tools',
  'plugins',
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
  'tools',
  'plugins',
])
/** Finds them however they are written: readers of JSON that ignore capitals also take `ſ` for s and the sign for kelvin for k. */
const ANY = new RegExp(`^(?:${[...STEERING, ...OTHER_MODELS, ...DECIDING].join('|')})$`, 'iu')

/**
 * Throws VALIDATION_ERROR for a body whose provider could read another request than the hub: with a member that steers a gateway, or names other models, with one that decides
 * in other letters (some readers of JSON do not mind capitals), and with two that differ where only one of them is read.
 */
export function checkDecidingMembers({ bytes, object, value }: ModelBody): void {
  const once = new Map<string, Buffer>()
  for (const { name, from, to } of object.members) {
    if (!ANY.test(name)) continue
    if (STEERING.has(name)) throw steering(name)
    if (OTHER_MODELS.has(name) && isEmpty(bytes.subarray(from, to))) continue
    if (OTHER_MODELS.has(name)) throw otherModel(name)
    if (!DECIDING.has(name)) throw refused(name, `${name} must be written in small letters.`)
    if (!ONCE.has(name)) continue
    const written = bytes.subarray(from, to)
    if (once.get(name)?.equals(written) === false)
      throw refused(name, `${name} must not come twice with different values.`)
    once.set(name, written)
  }
  checkHeldModels(value)
}

/** Throws VALIDATION_ERROR for a body of a further path with which its provider may take another model, or ask elsewhere. */
export function checkOtherModels({ bytes, object, value }: ModelBody): void {
  const held = new Set<string>()
  for (const { name, from, to } of object.members) {
    const plain = name.toLowerCase()
    if (!isEmpty(bytes.subarray(from, to))) refuseOtherModels(plain)
    const written = HOLDERS.get(plain)
    if (written === undefined) continue
    if (name !== written || held.has(plain))
      throw refused(name, `The member must come once, with the name ${written}.`)
    held.add(plain)
  }
  checkHeldModels(value)
}

/** Throws VALIDATION_ERROR for a member with which a provider may take another model, or ask elsewhere. `name`: in small letters. */
export function refuseOtherModels(name: string): void {
  if (STEERING.has(name)) throw steering(name)
  if (OTHER_MODELS.has(name)) throw otherModel(name)
}

function checkHeldModels(value: ModelBody['value']): void {
  for (const name of LISTS)
    for (const one of listOf(value[name])) if (namesModel(one)) throw otherModel(`${name}[].model`)
  for (const name of OPTIONS)
    for (const one of Object.values(objectOf(value[name])))
      if (namesModel(one)) throw otherModel(name)
}

function namesModel(value: unknown): boolean {
  return Object.entries(objectOf(value)).some(
    ([name, held]) =>
      NAMES_MODEL.test(name) && (Array.isArray(held) ? held.length > 0 : Boolean(held)),
  )
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function isEmpty(value: Buffer): boolean {
  return /^(?:null|\[\s*\])$/.test(value.toString())
}

function steering(name: string): CodedError {
  return refused(
    name,
    `${name} is not allowed: the hub knows the addresses and keys of its providers.`,
  )
}

function otherModel(name: string): CodedError {
  const message = `${name} is not allowed: the call is counted for its model. An alias of the hub names several.`
  return refused(name, message)
}

function refused(param: string, message: string): CodedError {
  return new CodedError('VALIDATION_ERROR', message, { details: { param } })
}
