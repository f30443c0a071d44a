import type { LanguageModelV4Content, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { compact } from '@alkdev/std'

/** A whole answer as the parts of a stream. Parts that the protocols of clients cannot show are left out. */
export function* partsOf(
  content: readonly LanguageModelV4Content[],
): Generator<LanguageModelV4StreamPart> {
  for (const [at, part] of content.entries()) {
    const id = String(at)
    const more = compact({ providerMetadata: part.providerMetadata })
    if (part.type === 'text') {
      yield { type: 'text-start', id }
      yield { type: 'text-delta', id, delta: part.text }
      yield { type: 'text-end', id }
    } else if (part.type === 'reasoning') {
      yield { type: 'reasoning-start', id, ...more }
      yield { type: 'reasoning-delta', id, delta: part.text }
      yield { type: 'reasoning-end', id }
    } else if (part.type === 'tool-call') {
      yield part
    }
  }
}
