import type { Run } from '../provider/run.ts'
import type { Candidate } from './router.ts'

/** One try of a call at one provider. */
export interface Attempt {
  readonly n: number
  readonly candidate: Candidate
  /** The id under which this instance made it, and gets its answers. */
  readonly from: string
  /** `performance.now()`. */
  readonly sentAt: number
  /** In this process. */
  run?: Run
  /** Stream items received, and the `seq` up to which more may come. */
  received: number
  upTo: number
}
