import { openSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { attachSpoke, mutation, query, subscription } from '@alkdev/spoke'
import type { SpokeContext } from '@alkdev/spoke'
import { Type } from '@alkdev/typebox'

// A spoke that writes down each start of a handler, before anything else, where it survives the process.
const [, , hub = '', keyFile = '', name = '', startsFile = ''] = process.argv
const starts = openSync(startsFile, 'a')
const started = (kind: string, { requestId }: SpokeContext): void => {
  writeSync(starts, `${kind} ${requestId}\n`)
}

const input = Type.Object({ n: Type.Integer(), ms: Type.Integer(), pad: Type.String() })
const output = Type.Object({ n: Type.Integer(), pad: Type.String() })
const common = { input, output, description: 'Answers after a while.' }

attachSpoke({
  hub,
  key: readFileSync(keyFile, 'utf8').trim(),
  name,
  capacity: 32,
  onLog: (level, message) => console.log(level, message),
  onReconnecting: (reason, delayMs) => console.log('reconnecting', reason, delayMs),
  operations: [
    query({ ...common, id: 'torture.safe' }, async ({ n, ms, pad }, context) => {
      started('safe', context)
      if (ms > 0) await wait(ms, undefined, { signal: context.signal })
      return { n, pad }
    }),
    mutation({ ...common, id: 'torture.once' }, async ({ n, ms, pad }, context) => {
      started('once', context)
      if (ms > 0) await wait(ms, undefined, { signal: context.signal })
      return { n, pad }
    }),
    mutation(
      { ...common, id: 'torture.build', resumable: true },
      async ({ n, ms, pad }, context) => {
        started('build', context)
        await wait(ms * 5, undefined, { signal: context.signal })
        return { n, pad }
      },
    ),
    query({ ...common, id: 'torture.large' }, async ({ n, ms, pad }, context) => {
      started('large', context)
      if (ms > 0) await wait(ms, undefined, { signal: context.signal })
      return { n, pad }
    }),
    subscription({ ...common, id: 'torture.items' }, async function* items({ n }, context) {
      started('items', context)
      for (let at = 0; at < 20; at++) {
        if (at % 10 === 9) await wait(5, undefined, { signal: context.signal })
        yield { n: n + at, pad: '' }
      }
    }),
  ],
}).ended.catch((error: unknown) => {
  console.log('sent away', error)
  process.exitCode = 1
})
