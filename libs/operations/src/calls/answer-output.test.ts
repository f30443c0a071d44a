import { expect, test } from 'vitest'
import { withWholeMeta } from './answer-output.ts'
import { checkCallFrame } from './call-frame.ts'
import { readCallFrame } from './read-call-frame.ts'

const frame = (output: unknown): object => ({
  type: 'call.responded',
  id: 'r',
  payload: { requestId: 'r', output },
})
const read = (output: unknown) => readCallFrame(JSON.stringify(frame(output)))

test.for([
  [{ data: 1 }],
  [{ data: null }],
  [{ data: 1, meta: {} }],
  [{ data: 1, meta: { source: 'local' } }],
  [{ data: 1, meta: { operationId: 'a.b' } }],
  [{ data: 1, meta: { timestamp: 5, extra: true } }],
])('an answer of a provider may leave out members of meta: %j', ([output]) => {
  const { meta = {} } = output as { meta?: object }
  expect(read(output)).toMatchObject({
    kind: 'frame',
    frame: {
      payload: {
        output: {
          ...output,
          meta: { operationId: '', timestamp: expect.any(Number), ...meta, source: 'local' },
        },
      },
    },
  })
})

test.for([
  [undefined, '', 'must be an object {data, meta?}'],
  [7, '', 'must be an object {data, meta?}'],
  [{}, '/data', 'is missing'],
  [{ meta: {} }, '/data', 'is missing'],
  [{ value: 1 }, '/data', 'is missing'],
  [{ data: 1, meta: null }, '/meta', 'must be an object'],
  [{ data: 1, meta: 'local' }, '/meta', 'must be an object'],
  [{ data: 1, meta: { source: 'else' } }, '/meta/source', 'must be one of local, http, mcp, sse'],
  [{ data: 1, meta: { operationId: 5 } }, '/meta/operationId', 'must be of type string'],
  [{ data: 1, meta: { timestamp: 'now' } }, '/meta/timestamp', 'must be of type number'],
  [{ data: 1, meta: { source: 'http', statusCode: 200 } }, '/meta/headers', 'is missing'],
  [{ data: 1, meta: { source: 'mcp', isError: false } }, '/meta/content', 'is missing'],
] as const)('a faulty output %j is named by its member', ([output, path, message]) => {
  expect(read(output)).toEqual({
    kind: 'fault',
    fault: { path: `/payload/output${path}`, message, requestId: 'r', type: 'call.responded' },
  })
})

test('only answers are filled in, and the frame that was given stays as it was', () => {
  const given = frame({ data: 1 })
  expect(checkCallFrame(withWholeMeta(given)).kind).toBe('frame')
  expect(given).toEqual(frame({ data: 1 }))
  for (const other of [undefined, 'x', {}, { type: 'call.responded' }, frame([])])
    expect(withWholeMeta(other)).toBe(other)
})

test.for([600, 10_000])('an answer without meta and %i levels deep is too deep', (depth) => {
  const data = '['.repeat(depth) + ']'.repeat(depth)
  const text = `{"type":"call.responded","id":"r","payload":{"requestId":"r","output":{"data":${data}}}}`
  expect(readCallFrame(text)).toMatchObject({
    kind: 'deep',
    frame: { payload: { requestId: 'r' } },
  })
})
