import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'

/**
 * Puts the arguments of tool calls into the parts of a stream where its provider does not send them in pieces: the call at the end has them
 * whole. The end of an input waits for its call, and what the pieces lacked comes before it.
 */
export class ToolInputs {
  readonly #given = new Map<string, string>()
  readonly #ends = new Map<string, LanguageModelV4StreamPart>()

  /** The parts to be written now. An end whose call never comes is left out: a writer ends what is open with the answer. */
  take(part: LanguageModelV4StreamPart): readonly LanguageModelV4StreamPart[] {
    if (part.type === 'tool-input-start') this.#given.set(part.id, '')
    else if (part.type === 'tool-input-delta')
      this.#given.set(part.id, (this.#given.get(part.id) ?? '') + part.delta)
    else if (part.type === 'tool-input-end' && this.#given.has(part.id)) {
      this.#ends.set(part.id, part)
      return []
    } else if (part.type === 'tool-call') return this.#whole(part)
    return [part]
  }

  #whole(
    part: LanguageModelV4StreamPart & { readonly type: 'tool-call' },
  ): readonly LanguageModelV4StreamPart[] {
    const { toolCallId: id, input } = part
    const given = this.#given.get(id)
    if (given === undefined) return [part]
    const rest = input.startsWith(given) ? input.slice(given.length) : ''
    const end = this.#ends.get(id) ?? { type: 'tool-input-end', id }
    this.#given.delete(id)
    this.#ends.delete(id)
    return [
      ...(rest === '' ? [] : [{ type: 'tool-input-delta' as const, id, delta: rest }]),
      end,
      part,
    ]
  }
}
