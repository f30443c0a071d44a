import { CodedError } from '@alkdev/errors'
import type { GitPlace } from '../git/find-repository.ts'
import { inOwnWords } from '../own-words.ts'
import type { PortLeases } from './port-leases.ts'

export interface PortVariables {
  /** `PORT`: the first port of the worktree; `ALKHUB_PORTS`: the first and the last one, `28010-28019`. */
  readonly variables?: { readonly PORT: string; readonly ALKHUB_PORTS: string }
  /** Why there are none, as a line for the output of the command, which runs without them. */
  readonly problem?: string
}

/** The environment variables with the ports of a worktree. Rejects with the signal's reason only. */
export async function portVariables(
  ports: PortLeases,
  place: GitPlace,
  signal: AbortSignal | undefined,
): Promise<PortVariables> {
  try {
    const { first, last } = await ports.of(place, signal)
    return { variables: { PORT: String(first), ALKHUB_PORTS: `${first}-${last}` } }
  } catch (error) {
    signal?.throwIfAborted()
    const { message } = CodedError.from(inOwnWords(error, signal))
    return { problem: `alkhub: This worktree has no ports of its own: ${message}\n` }
  }
}
