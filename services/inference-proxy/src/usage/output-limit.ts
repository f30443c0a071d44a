import { parseJson } from '@alkdev/std'
import type { ModelBody } from '../relay/model-body.ts'
import type { Protocol } from './protocol.ts'
import { listOf } from './usage.ts'

const LIMITS: Readonly<Record<Protocol, readonly string[]>> = {
  chat: ['max_tokens', 'max_completion_tokens'],
  completions: ['max_tokens'],
  embeddings: [],
  responses: ['max_output_tokens'],
  messages: ['max_tokens'],
}

/**
 * The members with which a request gets an output limit: each one that it has already, however it is written, because the provider may read
 * any of them; else `preferred`, or the usual one of the protocol.
 */
export function limitMembers(
  protocol: Protocol,
  { object }: Pick<ModelBody, 'object'>,
  preferred?: string,
): readonly string[] {
  const known = LIMITS[protocol]
  const present = known.filter((name) => object.members.some((member) => member.name === name))
  if (present.length > 0) return present
  const usual = known.find((name) => name === preferred) ?? known[0]
  return usual === undefined ? [] : [usual]
}

/** Answers of one request that are counted; more are more than any budget has. */
const MAX_ANSWERS = 1_000_000

/** How much a request may write. */
export interface AskedOutput {
  /** The most output tokens of one answer; undefined when the request sets no limit. */
  readonly tokens: number | undefined
  /** How many answers it asks for. */
  readonly answers: number
}

/** How much output a request asks for. A member that comes twice counts with its larger value, as the provider may read either. */
export function askedOutputOf(protocol: Protocol, body: ModelBody): AskedOutput {
  if (protocol === 'embeddings') return { tokens: 0, answers: 1 }
  const limits = LIMITS[protocol].flatMap((name) => limitsOf(body, name))
  const isLimited = limits.length > 0 && !limits.includes(undefined)
  const each = Math.max(1, ...['n', 'best_of'].flatMap((name) => countsOf(body, name)))
  const prompts = protocol === 'completions' ? Math.max(1, listOf(body.value['prompt']).length) : 1
  return {
    tokens: isLimited ? Math.max(...(limits as number[])) : undefined,
    answers: Math.min(MAX_ANSWERS, each * prompts),
  }
}

/** The values of a limit, undefined for one that is no whole number, which is replaced; null counts as missing. */
function limitsOf(body: ModelBody, name: string): (number | undefined)[] {
  return textsOf(body, name).map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined))
}

/** The values of a count, however the number is written: it is passed on, and a provider may take it. */
function countsOf(body: ModelBody, name: string): number[] {
  return textsOf(body, name)
    .map((text) => parseJson(text))
    .map((value) =>
      typeof value === 'number' || typeof value === 'string' ? Math.ceil(Number(value)) : 1,
    )
    .filter((count) => !Number.isNaN(count))
}

function textsOf({ bytes, object }: ModelBody, name: string): string[] {
  return object.members
    .filter((member) => member.name === name)
    .map(({ from, to }) => bytes.toString('utf8', from, to))
    .filter((text) => text !== 'null')
}
