import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { packageUsage } from '../usage/package-usage.ts'
import type { Usage } from '../usage/usage.ts'

/** Adds up what the parts of one answer say. Only a package of the AI SDK can read its events. */
export class PartFacts {
  /** Tool calls whose arguments came in pieces. */
  readonly #pieced = new Set<string>()
  /** Bytes of text that the model wrote so far. */
  textBytes = 0
  /** The model has finished: a package gives its last part also for a stream that was cut, then without the reason of the provider. */
  isFinished = false
  usage: Usage | undefined

  take(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text-delta':
      case 'reasoning-delta':
        this.#add(part.delta)
        break
      case 'tool-input-delta':
        this.#pieced.add(part.id)
        this.#add(part.delta)
        break
      case 'tool-call':
        if (!this.#pieced.has(part.toolCallId)) this.#add(part.input)
        break
      case 'finish':
        this.usage = packageUsage(part.usage)
        this.isFinished = part.finishReason.raw !== undefined
        break
      default:
    }
  }

  #add(text: string): void {
    this.textBytes += Buffer.byteLength(text)
  }
}
