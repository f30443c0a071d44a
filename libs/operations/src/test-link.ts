import type { CallFrame } from './call-events.ts'
import { createCallPeer } from './call-peer.ts'
import type { CallPeer, CallPeerOptions } from './call-peer.ts'
import { OperationRegistry } from './registry.ts'

// For the tests of this package only: two peers joined by a pair of in-memory pipes that carry JSON text in order, as a socket does.

export interface Link extends AsyncDisposable {
  readonly caller: CallPeer
  readonly provider: CallPeer
  /** Every frame that was sent, in order, by whom. */
  readonly frames: { readonly from: 'caller' | 'provider'; readonly frame: CallFrame }[]
  /** Resolves when nothing is under way in either direction. */
  idle(): Promise<void>
}

export function link(
  registry: OperationRegistry,
  options: Partial<CallPeerOptions> & { readonly callerRegistry?: OperationRegistry } = {},
): Link {
  const frames: Link['frames'] = []
  let underWay = 0
  const pipe = (from: 'caller' | 'provider', to: () => CallPeer) => (frame: CallFrame) => {
    const text = JSON.stringify(frame)
    frames.push({ from, frame: JSON.parse(text) as CallFrame })
    underWay += 1
    setImmediate(() => {
      underWay -= 1
      to().receive(JSON.parse(text))
    })
  }
  const provider: CallPeer = createCallPeer({
    ...options,
    registry,
    send: pipe('provider', () => caller),
  })
  const caller: CallPeer = createCallPeer({
    registry: options.callerRegistry ?? new OperationRegistry(),
    ...(options.requests === undefined ? {} : { requests: options.requests }),
    send: pipe('caller', () => provider),
  })
  return {
    caller,
    provider,
    frames,
    async idle() {
      for (let quiet = 0; quiet < 3; quiet = underWay === 0 ? quiet + 1 : 0)
        await new Promise((resolve) => {
          setImmediate(resolve)
        })
    },
    async [Symbol.asyncDispose]() {
      await caller[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}
