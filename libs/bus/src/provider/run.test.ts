import { CallError, localEnvelope } from '@alkdev/operations'
import { expect, test, vi } from 'vitest'
import { alice, spec } from '../testing/harness.ts'
import type { ProvidedCall } from '../provided-call.ts'
import type { ResponseSink } from './response-sink.ts'
import { Run } from './run.ts'

const envelope = (data: unknown): ReturnType<typeof localEnvelope> => localEnvelope(data, 'fs.read')

/** A run, and the results that reached its caller. */
function started(given: Partial<ProvidedCall> = {}): {
  run: Run
  reached: unknown[][]
  controller: AbortController
} {
  const reached: unknown[][] = []
  const controller = new AbortController()
  const sink: ResponseSink = {
    respond: (output) => void reached.push(['respond', output.data]),
    item: (seq, output) => void reached.push(['item', seq, output.data]),
    complete: (count) => void reached.push(['complete', count]),
    fail: ({ code }) => void reached.push(['fail', code]),
    refuse: ({ code }) => void reached.push(['refuse', code]),
    lost: (reason) => void reached.push(['lost', reason]),
    receipt: (receipt) => void reached.push(['receipt', receipt]),
  }
  const run = new Run({
    call: {
      header: {
        callId: 'c',
        operationId: 'fs.read',
        input: {},
        principal: alice,
        actor: { kind: 'service', name: 'gateway', instanceId: 'g' },
        depth: 0,
      },
      attempt: 1,
      spec: spec('fs.read'),
      target: { kind: 'service' },
      signal: controller.signal,
      ...given,
    },
    controller,
    sink,
    windowSize: 2,
    bytes: 0,
    expectedInMs: () => undefined,
    onEnd: () => reached.push(['end']),
    onAbort: ({ code }) => void reached.push(['abort', code]),
  })
  return { run, reached, controller }
}

test('a call ends once: later ends have no effect', () => {
  const { run, reached } = started()
  run.respond(envelope(1))
  run.respond(envelope(2))
  run.fail(new Error('late'))
  run.refuse('OVERLOADED', 'late')
  run.complete()
  run.lost('late')
  expect(reached).toEqual([['end'], ['respond', 1]])
})

test('an error without a code becomes UNKNOWN_ERROR and its text is not sent', () => {
  const { run, reached } = started()
  run.fail(new Error('select * from secrets'))
  expect(reached).toEqual([['end'], ['fail', 'UNKNOWN_ERROR']])
})

test('a loss before the start is a refusal, and after the start a loss', () => {
  const before = started()
  before.run.lost('gone')
  expect(before.reached).toContainEqual(['refuse', 'PROVIDER_UNAVAILABLE'])
  const after = started()
  after.run.started()
  after.run.lost('gone')
  expect(after.reached).toContainEqual(['lost', 'gone'])
  expect(after.controller.signal.aborted).toBe(true)
})

test('an abort before the start prevents it, and is honoured', () => {
  const { run, reached, controller } = started()
  run.abort(new CallError('ABORTED', 'x'))
  run.respond(envelope(1))
  expect(reached).toEqual([['abort', 'ABORTED'], ['end'], ['receipt', 'honoured']])
  expect(controller.signal.reason).toMatchObject({ code: 'ABORTED' })
})

test.each<[end: string, receipt: string, how: (run: Run) => void]>([
  ['an answer', 'ignored', (run) => run.respond(envelope(1))],
  ['the end of a stream', 'ignored', (run) => run.complete()],
  ['an error', 'honoured', (run) => run.fail(new Error('stopped'))],
  ['a refusal', 'honoured', (run) => run.refuse('OVERLOADED', 'full')],
  ['a loss', 'honoured', (run) => run.lost('gone')],
])(
  '%s of a started call after its abort is not sent, only the receipt "%s" is',
  (_, receipt, how) => {
    const { run, reached } = started()
    run.started()
    run.abort(new CallError('ABORTED', 'x'))
    how(run)
    const sent = reached.filter(([kind]) => kind !== 'end' && kind !== 'abort')
    expect(sent).toEqual([['receipt', receipt]])
  },
)

test('an abort after the end is too late, and a second abort gets the same receipt', () => {
  const { run, reached } = started()
  run.respond(envelope(1))
  run.abort(new CallError('ABORTED', 'x'))
  run.abort(new CallError('ABORTED', 'x'))
  expect(reached.slice(2)).toEqual([
    ['receipt', 'too-late'],
    ['receipt', 'too-late'],
  ])
})

test('(row 17) a handler that does not stop within two seconds has ignored the abort', () => {
  vi.useFakeTimers()
  const { run, reached } = started()
  run.started()
  run.abort(new CallError('TIMEOUT', 'x'))
  vi.advanceTimersByTime(1999)
  expect(reached).toEqual([['abort', 'TIMEOUT']])
  vi.advanceTimersByTime(1)
  expect(reached).toEqual([
    ['abort', 'TIMEOUT'],
    ['receipt', 'ignored'],
  ])
  run.fail(new Error('at last'))
  expect(reached.slice(2)).toEqual([['end']])
  vi.useRealTimers()
})

test('a stream waits for credit, continues with it, and ends with its count', async () => {
  const { run, reached } = started()
  await run.item(envelope('a'))
  let ready = false
  const second = run.item(envelope('b')).then(() => {
    ready = true
  })
  await Promise.resolve()
  expect(ready).toBe(false)
  run.window.grant(2)
  run.window.grant(4)
  await second
  run.complete()
  await expect(run.item(envelope('c'))).rejects.toMatchObject({ code: 'ABORTED' })
  expect(reached).toEqual([['item', 1, 'a'], ['item', 2, 'b'], ['end'], ['complete', 2]])
})

test('a producer that does not wait for credit loses the call at twice the window', async () => {
  const { run, reached } = started()
  const sent = Array.from({ length: 5 }, (_, at) => run.item(envelope(at)))
  await expect(sent[4]).rejects.toMatchObject({ code: 'ABORTED' })
  expect(reached.filter(([kind]) => kind === 'item')).toHaveLength(4)
  expect(reached.at(-1)).toEqual(['fail', 'PROVIDER_LOST'])
})

test('an aborted stream rejects the item that waits', async () => {
  const { run } = started()
  const waiting = run.item(envelope(1)).then(() => run.item(envelope(2)))
  await Promise.resolve()
  run.abort(new CallError('ABORTED', 'left'))
  await expect(waiting).rejects.toMatchObject({ message: 'left' })
  await expect(run.item(envelope(3))).rejects.toMatchObject({ message: 'left' })
})
