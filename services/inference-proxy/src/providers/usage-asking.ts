import type { Provider } from './provider.ts'

const MAX_KNOWN = 1000

/** Which providers refuse to be asked for the usage of a stream (`stream_options`). */
export class UsageAsking {
  readonly #refusing = new Set<string>()

  /** False for a provider whose config says so, and for one that refused it. */
  mayAsk(provider: Provider): boolean {
    return provider.config.streamUsage !== false && !this.#refusing.has(keyOf(provider))
  }

  /** A stream was refused with the question and given without it. */
  wasRefused(provider: Provider): void {
    if (this.#refusing.size >= MAX_KNOWN) this.#refusing.clear()
    this.#refusing.add(keyOf(provider))
  }
}

function keyOf({ name, config }: Provider): string {
  return `${name} ${config.baseUrl}`
}
