import type { DevOperation } from '@alkdev/dev-spoke'
import type { Random } from '../torture/random.ts'
import type { Outcome } from './tally.ts'

/** The hub that is fed, and what stands around it. */
export interface FuzzTarget {
  readonly gateway: string
  /** Of an account with every scope. */
  readonly key: string
  /** Ids of operations that answer whatever they are given. */
  readonly echoes: readonly string[]
  /** Things that there are, by the name of the member that refers to them: `projectId`, `orgId` ... */
  readonly ids: ReadonlyMap<string, string>
  /** Base URL of a server that answers whatever it likes. */
  readonly outside: string
  /** Base URL of a scripted model. */
  readonly scripted: string
  /** The operations of a dev spoke with the shell, on a repository of its own. */
  readonly dev: readonly DevOperation[]
}

/** One way for bytes to come in. `run` feeds one input and says what it came to; it rejects when there was no answer. */
export interface EntryPoint {
  readonly name: string
  readonly weight: number
  run(target: FuzzTarget, random: Random): Promise<Outcome>
}
