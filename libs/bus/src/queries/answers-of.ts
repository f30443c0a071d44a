import { CallError } from '@alkdev/operations'
import type { Answers } from '../broadcast.ts'
import type { Caller } from '../caller/caller.ts'
import type { Provider } from '../provider/provider.ts'
import { abortHere } from './abort-call.ts'
import { childrenHere } from './calls-below.ts'
import { loadsHere } from './loads-of-spokes.ts'

export interface Answerers {
  readonly caller: Caller
  readonly provider: Provider
}

/** How this instance replies to the queries of the others. */
export function answersOf({ caller, provider }: Answerers): Answers {
  return {
    async abort({ callId, reason }) {
      const aborted = await abortHere(caller, callId, reason)
      if (aborted.found) return aborted
      return { found: provider.abortOrphan(callId, new CallError('ABORTED', reason)) }
    },
    find: ({ callId }) => ({ running: caller.find(callId)?.running }),
    below: ({ callIds }) => ({ calls: childrenHere(caller, callIds) }),
    resume({ attempts, spokeId, epoch }, from) {
      caller.resume(attempts, spokeId, from, epoch)
      return {}
    },
    collect: ({ callId, waitMs }) => provider.collect(callId, waitMs),
    'spoke-loads': ({ spokeIds }) => ({
      loads: loadsHere(spokeIds, provider.handlers.loadOfSpoke),
    }),
  }
}
