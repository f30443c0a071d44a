import type { CallRecord } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { createCallRecorder } from './call-recorder.ts'

function call(number: number, input: unknown = { number }): CallRecord {
  return {
    header: {
      callId: `call-${number}`,
      operationId: 'fs.read',
      principal: { id: 'account', scopes: [] },
      actor: { kind: 'client', name: 'account', instanceId: 'here' },
      input,
      depth: 0,
    },
    status: 'completed',
    output: 'x',
    startedAtMs: 1,
    endedAtMs: 2,
    attempts: 1,
  }
}

/** A table that can be made unavailable. */
function table() {
  const rows: CallRecord[] = []
  const batches: number[] = []
  const state = { away: false }
  const insert = async (records: readonly CallRecord[]): Promise<void> => {
    if (state.away) throw new Error('Postgres is unavailable')
    batches.push(records.length)
    rows.push(...records)
  }
  return { rows, batches, state, insert }
}

test('pending records are written in one batch', async () => {
  const { rows, batches, insert } = table()
  const recorder = createCallRecorder({ insert, batchMs: 20 })
  await Promise.all([recorder.record(call(1)), recorder.record(call(2))])
  expect(rows.map(({ header }) => header.callId)).toEqual(['call-1', 'call-2'])
  expect(batches).toEqual([2])
  await recorder.stop()
})

test('a full batch is written at once, in batches of the given size', async () => {
  const { rows, batches, insert } = table()
  const recorder = createCallRecorder({ insert, batchMs: 600_000, batchRows: 10 })
  for (let at = 0; at < 25; at += 1) void recorder.record(call(at))
  await expect.poll(() => rows.length).toBe(25)
  expect(batches).toEqual([10, 10, 5])
  await recorder.stop()
})

test('what could not be written is kept in order and written later', async () => {
  const { rows, state, insert } = table()
  const recorder = createCallRecorder({ insert, batchMs: 5 })
  state.away = true
  await expect(recorder.record(call(1))).rejects.toThrow('Postgres is unavailable')
  expect(recorder.held).toBe(1)
  state.away = false
  void recorder.record(call(2))
  await recorder.flush()
  expect(rows.map(({ header }) => header.callId)).toEqual(['call-1', 'call-2'])
  expect(recorder.counters).toMatchObject({ written: 2, failedBatches: 1 })
  await recorder.stop()
})

test('while nothing can be written payloads are dropped before rows, and both are counted', async () => {
  const { rows, state, insert } = table()
  state.away = true
  const recorder = createCallRecorder({
    insert,
    batchMs: 600_000,
    batchRows: 1000,
    maxRows: 3,
    maxBareRows: 2,
  })
  const ends = await Promise.allSettled(
    Array.from({ length: 7 }, (_, at) => recorder.record(call(at))).slice(5),
  )
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(recorder.counters).toMatchObject({ payloadsDropped: 2, rowsDropped: 2 })
  state.away = false
  await recorder.flush()
  expect(rows.map(({ header, output }) => [header.input, output])).toEqual([
    [{ number: 0 }, 'x'],
    [{ number: 1 }, 'x'],
    [{ number: 2 }, 'x'],
    [undefined, undefined],
    [undefined, undefined],
  ])
  await recorder.stop()
})

test('the bytes of payloads have a separate limit', async () => {
  const { state, insert } = table()
  state.away = true
  const recorder = createCallRecorder({ insert, batchMs: 600_000, maxPayloadBytes: 2500 })
  for (let at = 0; at < 4; at += 1) void recorder.record(call(at, 'x'.repeat(1000)))
  expect(recorder.held).toBe(4)
  expect(recorder.counters.payloadsDropped).toBe(2)
  await recorder.stop(AbortSignal.timeout(50))
})

test('metadata and errors count as payloads, and are dropped like them', async () => {
  const { rows, state, insert } = table()
  state.away = true
  const recorder = createCallRecorder({ insert, batchMs: 600_000, maxPayloadBytes: 2500 })
  const text = 'x'.repeat(1000)
  const turn = { turnId: 't', attemptOf: 'q' }
  const long = (at: number): CallRecord => {
    const plain = call(at)
    return { ...plain, header: { ...plain.header, metadata: { ...turn, text } } }
  }
  const failed = (at: number): CallRecord => ({
    ...call(at),
    error: { code: 'GONE', message: 'It is gone.', details: text },
  })
  for (const record of [long(0), failed(1), long(2), failed(3)]) void recorder.record(record)
  expect(recorder.counters.payloadsDropped).toBe(2)
  state.away = false
  await recorder.flush()
  expect(rows.map(({ header, error }) => [header.metadata, error])).toEqual([
    [{ ...turn, text }, undefined],
    [undefined, { code: 'GONE', message: 'It is gone.', details: text }],
    [turn, undefined],
    [undefined, { code: 'GONE', message: 'It is gone.' }],
  ])
  await recorder.stop()
})

test('of a long payload only what is stored of it is held', async () => {
  const { rows, insert } = table()
  const recorder = createCallRecorder({ insert, batchMs: 600_000 })
  const text = 'x'.repeat(1024 * 1024)
  const plain = call(1, { text })
  const details = { text }
  void recorder.record({
    ...plain,
    header: { ...plain.header, metadata: { turnId: 't', text } },
    output: [text],
    error: { code: 'GONE', message: text, details },
  })
  await recorder.stop()
  const cut = (start: string) => ({
    truncated: true,
    preview: start.padEnd(1024, 'x'),
  })
  const [row] = rows
  expect(row?.header.input).toEqual(cut('{"text":"'))
  expect(row?.output).toEqual(cut('["'))
  expect(row?.error?.details).toEqual(cut('{"text":"'))
  expect(JSON.stringify(row).length).toBeLessThan(10_000)
  expect(row?.header.metadata).toMatchObject({ turnId: 't' })
})

test('stopping writes the pending records, and gives up when its signal aborts', async () => {
  const { rows, insert } = table()
  const recorder = createCallRecorder({ insert, batchMs: 600_000 })
  void recorder.record(call(1))
  await recorder.stop()
  expect(rows).toHaveLength(1)
  const hangs = createCallRecorder({ insert: () => new Promise(() => undefined), batchMs: 600_000 })
  void hangs.record(call(1))
  await hangs.stop(AbortSignal.timeout(20))
  expect(hangs.held).toBe(1)
})
