import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { Usage } from '../usage/usage.ts'
import { inputOf, outputOf } from '../prices/cost.ts'
import { member } from '../usage/usage.ts'
import { sealedReasoning } from './reading.ts'

export type FinishReason = LanguageModelV4FinishReason['unified']

/** What an answer says of itself. */
export interface AnswerFacts {
  /** The call id. */
  readonly id: string
  /** As the client names it. */
  readonly model: string
  /** Seconds since 1970. */
  readonly created: number
}

/** Writes an answer in the protocol of a client, from the parts in which the AI SDK gives the answer of a model. */
export interface AnswerWriter {
  /** The events for a part; empty for one that the protocol does not show. */
  push(part: LanguageModelV4StreamPart): string
  /** The last events. */
  finish(reason: FinishReason, usage: Usage | undefined): string
  /** The whole answer, after `finish`. */
  whole(): object
}

const MAX_BLOCKS = 10_000

/** A run of parts with one id. */
export interface Block {
  readonly kind: 'text' | 'reasoning' | 'tool'
  readonly index: number
  readonly id: string
  readonly name: string
  text: string
  /** Of reasoning: what its maker needs to get back. */
  seal: string | undefined
  isOpen: boolean
}

/** Collects the parts of an answer as blocks. Tool calls that come whole become blocks too. */
export class Blocks {
  readonly all: Block[] = []
  readonly #open = new Map<string, Block>()

  /** Throws an Error for an answer with too many of them. */
  start(kind: Block['kind'], id: string, name = ''): Block {
    if (this.all.length >= MAX_BLOCKS) throw new Error('the answer has too many parts')
    const block: Block = {
      kind,
      index: this.all.length,
      id,
      name,
      text: '',
      seal: undefined,
      isOpen: true,
    }
    this.all.push(block)
    this.#open.set(`${kind} ${id}`, block)
    return block
  }

  find(kind: Block['kind'], id: string): Block | undefined {
    return this.#open.get(`${kind} ${id}`)
  }
}

/** The signature or the encrypted form of reasoning in the metadata of a part; undefined when it has none. */
export function sealOf(metadata: unknown): string | undefined {
  const anthropic = member(metadata, 'anthropic')
  const [signature, redacted] = [member(anthropic, 'signature'), member(anthropic, 'redactedData')]
  if (typeof signature === 'string' && signature !== '')
    return sealedReasoning('anthropic', signature)
  if (typeof redacted === 'string') return sealedReasoning('anthropic-redacted', redacted)
  const google = googleSignature(metadata)
  if (google !== undefined) return sealedReasoning('google', google)
  const openai = member(metadata, 'openai')
  const encrypted = member(openai, 'reasoningEncryptedContent')
  const id = member(openai, 'itemId')
  if (typeof encrypted !== 'string') return undefined
  return sealedReasoning('openai', encrypted, typeof id === 'string' ? id : '')
}

/** Google's signature of a part, which its next request must repeat. */
export function googleSignature(metadata: unknown): string | undefined {
  const signature = member(member(metadata, 'google'), 'thoughtSignature')
  return typeof signature === 'string' && signature !== '' ? signature : undefined
}

/** All input tokens, those that were read from the cache, and all output tokens. */
export function counts(usage: Usage | undefined): {
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly reasoning: number
} {
  if (usage === undefined) return { input: 0, cached: 0, output: 0, reasoning: 0 }
  const { tokens } = usage
  return {
    input: inputOf(tokens),
    cached: tokens.cacheRead,
    output: outputOf(tokens),
    reasoning: tokens.reasoning,
  }
}
