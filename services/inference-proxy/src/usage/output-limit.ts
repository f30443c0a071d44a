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

/** Most members that are looked for are not there. */
const NONE: readonly never[] = []

type ReadBody = Pick<ModelBody, 'bytes' | 'object'>

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
  const prompts = protocol === 'completions' ? Math.max(1, listOf(body.value['prompt']).length) : 1
  return {
    tokens: isLimited ? largest(limits as number[], 0) : undefined,
    answers: Math.min(MAX_ANSWERS, answersOf(body) * prompts),
  }
}

/** How many answers a request asks for in each of its prompts, at most 1,000,000. */
export function answersOf(body: ReadBody): number {
  const counts = ['n', 'best_of'].flatMap((name) => countsOf(body, name))
  return Math.min(MAX_ANSWERS, largest(counts, 1))
}

/** A body may have more members than a function takes arguments. */
function largest(numbers: readonly number[], least: number): number {
  return numbers.reduce((most, one) => Math.max(most, one), least)
}

/**
 * The values of a limit, undefined for one that is no whole number, which is replaced. Null counts as missing, and beside another value as no whole
 * number: the provider may read it.
 */
function limitsOf(body: ReadBody, name: string): readonly (number | undefined)[] {
  const texts = textsOf(body, name)
  if (texts.every((text) => text === 'null')) return NONE
  return texts.map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined))
}

/** The values of a count, however the number is written: it is passed on, and a provider may take it. */
function countsOf(body: ReadBody, name: string): readonly number[] {
  const texts = textsOf(body, name)
  if (texts.length === 0) return NONE
  return texts
    .map((text) => parseJson(text))
    .map((value) =>
      typeof value === 'number' || typeof value === 'string' ? Math.ceil(Number(value)) : 1,
    )
    .filter((count) => !Number.isNaN(count))
}

function textsOf({ bytes, object }: ReadBody, name: string): readonly string[] {
  let texts: string[] | undefined
  for (const member of object.members)
    if (member.name === name) (texts ??= []).push(bytes.toString('utf8', member.from, member.to))
  return texts ?? NONE
}
