import { parseJson } from '@alkdev/std'
import { mergeTiers, usedTiers } from '../prices/tier-names.ts'
import type { TierNames } from '../prices/tier-names.ts'
import { messagesUsage } from '../usage/messages-usage.ts'
import { chatUsage, responsesUsage } from '../usage/openai-usage.ts'
import { member } from '../usage/usage.ts'
import type { Usage } from '../usage/usage.ts'

/** A request of a batch that was answered. */
export interface BatchResult {
  /** What the provider calls the request or its answer. */
  readonly id: string
  readonly model: string
  readonly usage: Usage
  readonly tiers: TierNames
}

const NEWLINE = 0x0a
const MAX_ID = 256

/**
 * Reads the results of a batch, one in each line: `{"id", "response": {"status_code", "body"}}` (OpenAI) or `{"result": {"type": "succeeded", "message"}}` (Anthropic). Requests that failed are charged by
 * neither. The first line that is not valid JSON, or is longer than `maxLineBytes`, ends the reading: the text is something else.
 */
export class ResultLines {
  readonly #maxLineBytes: number
  #held: Buffer[] = []
  #heldBytes = 0
  #isOver = false

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  /** The results that are whole now. */
  push(chunk: Buffer): BatchResult[] {
    const results: BatchResult[] = []
    let at = 0
    while (!this.#isOver) {
      const end = chunk.indexOf(NEWLINE, at)
      this.#hold(chunk.subarray(at, end < 0 ? chunk.length : end))
      if (end < 0) break
      at = end + 1
      this.#take(results)
    }
    return results
  }

  /** The last line may have no end. */
  end(): BatchResult[] {
    const results: BatchResult[] = []
    this.#take(results)
    return results
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length
    if (this.#heldBytes > this.#maxLineBytes) this.#stop()
    else if (bytes.length > 0) this.#held.push(bytes)
  }

  #take(results: BatchResult[]): void {
    const text = Buffer.concat(this.#held).toString().trim()
    this.#held = []
    this.#heldBytes = 0
    if (this.#isOver || text === '') return
    let line: unknown
    try {
      line = parseJson(text)
    } catch {
      return this.#stop()
    }
    const result = resultOf(line)
    if (result !== undefined) results.push(result)
  }

  #stop(): void {
    this.#isOver = true
    this.#held = []
  }
}

function resultOf(line: unknown): BatchResult | undefined {
  const message = member(member(line, 'result'), 'message')
  const response = member(line, 'response')
  const answer = message ?? (member(response, 'status_code') === 200 && member(response, 'body'))
  const id = message === undefined ? member(line, 'id') : member(message, 'id')
  const [model, counts] = [member(answer, 'model'), member(answer, 'usage')]
  const usage =
    message === undefined ? (responsesUsage(counts) ?? chatUsage(counts)) : messagesUsage(counts)
  if (usage === undefined || typeof id !== 'string' || typeof model !== 'string') return undefined
  if (id === '' || id.length > MAX_ID || model === '' || model.length > 2 * MAX_ID) return undefined
  // OpenAI calls the tier of the single request the default one.
  const tiers = mergeTiers(usedTiers(answer), { service: 'batch' }) ?? {}
  return { id, model, usage, tiers }
}
