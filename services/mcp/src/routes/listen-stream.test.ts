import { expect, test } from 'vitest'
import { UnreadReports } from '../protocol/unread-reports.ts'
import { listenStream } from './listen-stream.ts'

const encoder = new TextEncoder()
const frame = (message: object): Uint8Array =>
  encoder.encode(`event: message\ndata: ${JSON.stringify(message)}\n\n`)
const updated = (uri: string) => ({ kind: 'resource_updated', uri }) as const

const textOf = ({ value }: IteratorResult<unknown>): string =>
  typeof value === 'string' ? value : Buffer.from(value as Uint8Array).toString()

/** A stream as the SDK writes it: without regard to whether it is read. */
function setUp() {
  let writer: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (writer = controller) })
  const unread = new UnreadReports()
  const draining = new AbortController()
  const stream = listenStream(body, { id: 7, unread, draining: draining.signal })
  let written = 0
  const report = (uri: string): void => {
    if (!unread.add(updated(uri))) return
    written += 1
    writer?.enqueue(frame({ method: 'notifications/resources/updated', params: { uri } }))
  }
  return { stream, draining, report, written: () => written, close: () => writer?.close() }
}

test('a client that does not read has one report of each change waiting, and gets the next one once it has read', async () => {
  const { stream, report, written, draining } = setUp()
  for (let at = 0; at < 10_000; at += 1) report(`a:${at % 3}`)
  expect(written()).toBe(3)
  const read = stream[Symbol.asyncIterator]()
  for (const uri of ['a:0', 'a:1', 'a:2'])
    expect(textOf(await read.next())).toContain(`"uri":"${uri}"`)
  report('a:1')
  expect(textOf(await read.next())).toContain('"uri":"a:1"')
  draining.abort()
})

test('a stream ends with an empty result when the instance begins to stop, and without one when it breaks', async () => {
  const { stream, report, draining } = setUp()
  report('a:0')
  const read = stream[Symbol.asyncIterator]()
  await read.next()
  draining.abort()
  const last = textOf(await read.next())
  expect(JSON.parse(last.slice(last.indexOf('{')))).toEqual({
    jsonrpc: '2.0',
    id: 7,
    result: { resultType: 'complete', _meta: { 'io.modelcontextprotocol/subscriptionId': 7 } },
  })
  expect((await read.next()).done).toBe(true)
  const broken = setUp()
  broken.close()
  expect(await broken.stream.toArray()).toEqual([])
})
