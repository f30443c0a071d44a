import { assertNever } from '@alkdev/std'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkCallFrame } from './call-frame.ts'
import { STREAM_WINDOW } from '../stream/stream-limits.ts'
import { CallError } from './call-error.ts'
import { OperationRegistry } from '../registry/registry.ts'
import { link } from '../fixtures/link.ts'
import type { Link } from '../fixtures/link.ts'
import { openSpec } from '../fixtures/operations.ts'

// Whatever callers, providers and the wire do, each request ends exactly once and neither side keeps state of it.

interface Ledger {
  started: number
  stopped: number
}

function registryOf(ledger: Ledger): OperationRegistry {
  const registry = new OperationRegistry()
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(resolve)
    })
  registry.registerAll([
    openSpec('p.echo', { handler: (input) => input }),
    openSpec('p.fail', {
      handler: () => {
        throw new CallError('CONFLICT', 'no')
      },
    }),
    openSpec('p.hang', {
      handler: async (_input, { signal }) => {
        ledger.started += 1
        await new Promise((resolve) => {
          signal?.addEventListener('abort', resolve)
        })
        ledger.stopped += 1
      },
    }),
    openSpec('p.count', {
      type: 'subscription',
      async *handler(to: number) {
        ledger.started += 1
        try {
          for (let n = 1; n <= to; n++) {
            if (n % 7 === 0) await turn()
            yield n
          }
        } finally {
          ledger.stopped += 1
        }
      },
    }),
  ])
  return registry
}

const script = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('echo' as const), value: fc.jsonValue() }),
    fc.record({ kind: fc.constant('fail' as const) }),
    fc.record({ kind: fc.constant('unknown' as const) }),
    fc.record({
      kind: fc.constant('hang' as const),
      end: fc.constantFrom('abort', 'signal', 'time'),
    }),
    fc.record({
      kind: fc.constant('stream' as const),
      items: fc.integer({ min: 0, max: 150 }),
      take: fc.integer({ min: 0, max: 150 }),
    }),
  ),
  { maxLength: 12 },
)

type Step = typeof script extends fc.Arbitrary<(infer One)[]> ? One : never

/** The result of a step for the caller. */
async function play(pair: Link, step: Step, index: number): Promise<unknown> {
  const { calls } = pair.caller
  const requestId = `r${index}`
  try {
    switch (step.kind) {
      case 'echo':
        return (await calls.call('p.echo', step.value)).data
      case 'fail':
        return await calls.call('p.fail', {})
      case 'unknown':
        return await calls.call('p.missing', {})
      case 'hang': {
        const controller = new AbortController()
        const call = calls.call(
          'p.hang',
          {},
          {
            requestId,
            signal: controller.signal,
            ...(step.end === 'time' ? { timeoutMs: 5 } : {}),
          },
        )
        if (step.end === 'abort') setImmediate(() => calls.abort(requestId))
        if (step.end === 'signal') setImmediate(() => controller.abort())
        return await call
      }
      case 'stream': {
        const got: unknown[] = []
        if (step.take === 0) return got
        for await (const { data } of calls.subscribe('p.count', step.items)) {
          got.push(data)
          if (got.length === step.take) break
        }
        return got
      }
      default:
        return assertNever(step)
    }
  } catch (error) {
    return error instanceof CallError ? error.code : error
  }
}

function expected(step: Step): unknown {
  switch (step.kind) {
    case 'echo':
      return JSON.parse(JSON.stringify(step.value))
    case 'fail':
      return 'CONFLICT'
    case 'unknown':
      return 'OPERATION_NOT_FOUND'
    case 'hang':
      return step.end === 'time' ? 'TIMEOUT' : 'ABORTED'
    case 'stream':
      return Array.from({ length: Math.min(step.items, step.take) }, (_, n) => n + 1)
    default:
      return assertNever(step)
  }
}

test('every request of a random mix ends once, as it should, with nothing left over', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const ledger: Ledger = { started: 0, stopped: 0 }
      await using pair = link(registryOf(ledger))
      const seen = await Promise.all(steps.map((step, index) => play(pair, step, index)))
      await pair.idle()
      expect(seen).toEqual(steps.map(expected))
      expect([pair.caller.calls.getPendingCount(), pair.provider.handler.inFlight]).toEqual([0, 0])
      expect(ledger.stopped).toBe(ledger.started)
      for (const { frame } of pair.frames) expect(checkCallFrame(frame).kind).toBe('frame')
    }),
    { numRuns: 120 },
  )
})

test('on the wire a stream never exceeds its credit, and ends at most once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 400 }),
      async (items, take) => {
        await using pair = link(registryOf({ started: 0, stopped: 0 }))
        let got = 0
        for await (const _item of pair.caller.calls.subscribe('p.count', items)) {
          got += 1
          if (got === take) break
        }
        await pair.idle()
        let allowed = STREAM_WINDOW
        let ends = 0
        const sent: (number | undefined)[] = []
        const beyond: number[] = []
        for (const { frame } of pair.frames) {
          if (frame.type === 'call.credit') allowed += frame.payload.credits
          if (frame.type === 'call.responded') sent.push(frame.payload.seq)
          if (sent.length > allowed) beyond.push(sent.length)
          if (frame.type === 'call.completed' || frame.type === 'call.error') ends += 1
        }
        expect(sent).toEqual(sent.map((_, index) => index + 1))
        expect(beyond).toEqual([])
        expect(got).toBe(Math.min(items, take))
        expect(ends).toBeLessThanOrEqual(1)
      },
    ),
    { numRuns: 60 },
  )
})

test('invalid frames of a peer break only the calls of that peer', async () => {
  const envelope = { data: 1, meta: { source: 'local', operationId: 'p.echo', timestamp: 1 } }
  const hostile = fc.record({
    type: fc.constantFrom(
      'call.requested',
      'call.responded',
      'call.completed',
      'call.aborted',
      'call.error',
      'call.credit',
      'call.other',
    ),
    id: fc.constantFrom('', 'a', 'b', 'c'),
    payload: fc.record(
      {
        requestId: fc.constantFrom('a', 'b', 'c'),
        operationId: fc.constantFrom('p.echo', 'p.hang', 'p.count', 'p.missing'),
        input: fc.constantFrom<unknown>(3, 'x', null),
        output: fc.constantFrom<unknown>(envelope, 5, {}),
        seq: fc.integer({ min: -1, max: 5 }),
        count: fc.integer({ min: -1, max: 5 }),
        credits: fc.constantFrom(-1, 0, 1, 1_000_000, 1e300),
        code: fc.constantFrom<unknown>('X', 1),
        message: fc.constantFrom<unknown>('x', 1),
        timeoutMs: fc.constantFrom(-1, 0, 5, 1e12),
      },
      { requiredKeys: ['requestId'] },
    ),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(hostile, fc.jsonValue()), { maxLength: 40 }),
      async (messages) => {
        const ledger: Ledger = { started: 0, stopped: 0 }
        await using pair = link(registryOf(ledger), { maxInFlight: 8 })
        for (const message of messages) {
          pair.provider.receive(message)
          pair.caller.receive(message)
        }
        await pair.idle()
        expect((await pair.caller.calls.call('p.echo', 'still')).data).toBe('still')
        pair.provider.handler.dispose()
        await pair.idle()
        expect(ledger.stopped).toBe(ledger.started)
      },
    ),
    { numRuns: 120 },
  )
})
