import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub: the tests check what is sent. Against a real hub: test/src/e2e/cli.e2e.test.ts.

const hub = new AnsweringListener(({ input }) => input)
beforeAll(() => hub.start())
afterAll(() => hub.stop())
beforeEach(() => {
  hub.calls.length = 0
})

test('`-` reads the input from standard input', async () => {
  const { out } = await run(['call', 'a.b', '-', ...hub.args], { input: '{"name":"Jürgen"}' })
  expect(JSON.parse(out)).toEqual({ name: 'Jürgen' })
})

test.each(['', ' \n'])('an empty standard input is said to be empty: %j', async (input) => {
  const { code, err } = await run(['call', 'a.b', '-', ...hub.args], { input })
  expect(code).toBe(2)
  expect(err).toContain('Standard input is empty.')
  expect(err).toContain('leave `-` out')
  expect(hub.calls).toEqual([])
})

test('an input that is not JSON is refused before the hub is asked', async () => {
  const { code, err } = await run(['call', 'a.b', 'path', ...hub.args])
  expect(code).toBe(2)
  expect(err).toContain('The input is not JSON')
  expect(hub.calls).toEqual([])
})

test('a queued call is printed as a sentence with its id and what to do next, and as JSON with --json', async () => {
  const callId = '018f4a1e-0000-7000-8000-000000000001'
  const queueing = new AnsweringListener((_, response) => {
    response.writeHead(202).end(JSON.stringify({ callId }))
  })
  await queueing.start()
  try {
    const line = ['call', 'a.b', '{}', '--async', ...queueing.args]
    const env = { ALKHUB_STARTED_AS: './alkhub' }
    expect(await run(line, { env })).toEqual({
      code: 0,
      err: '',
      out: `The call is queued as ${callId}.\n\`./alkhub queue get ${callId} --wait 20000\` waits for its result; \`./alkhub queue abort ${callId}\` aborts it.\n`,
    })
    expect((await run([...line, '--json'])).out).toBe(`{"callId":"${callId}"}\n`)
  } finally {
    await queueing.stop()
  }
})

test('a queued call waits, is repeated and expires as its options say', async () => {
  const words = ['call', 'a.b', '{"n":1}', '--async', '--delay', '30m', '--at', '2099-01-31']
  const more = ['--priority', '5', '--max-attempts', '3', '--backoff', '2s', '--expires', '12h']
  await run([...words, ...more, '--timeout-ms', '60000', ...hub.args])
  expect(hub.calls).toEqual([
    {
      operation: 'calls.enqueue',
      input: {
        operationId: 'a.b',
        input: { n: 1 },
        delayMs: 1_800_000,
        notBefore: '2099-01-31T00:00:00.000Z',
        priority: 5,
        maxAttempts: 3,
        backoffMs: 2000,
        expiresAfterMs: 43_200_000,
        timeoutMs: 60_000,
      },
    },
  ])
  for (const [flags, text] of [
    [['--delay', '30m'], '--delay needs --async'],
    [['--async', '--priority', 'high'], '--priority takes a whole number'],
    [['--async', '--delay', 'soon'], '--delay takes a duration'],
    [['--async', '--at', '2001-01-01'], '--at is in the past'],
  ] as const) {
    const { code, err } = await run(['call', 'a.b', ...flags, ...hub.args])
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
  }
  expect(hub.calls).toHaveLength(1)
})

// 42 of the review of first use
test('a reader that leaves the pipe ends the stream, and the command ends without a failure', async () => {
  const left = Promise.withResolvers<void>()
  const timers = new Set<NodeJS.Timeout>()
  const streaming = new AnsweringListener((_, response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.write('id: 1\ndata: {"data":1}\n\n')
    const timer = setInterval(() => response.write('id: 2\ndata: {"data":2}\n\n'), 20)
    timers.add(timer)
    response.on('close', () => {
      clearInterval(timer)
      left.resolve()
    })
    return 'written above'
  })
  await streaming.start()
  try {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url))
    const child = spawn(process.execPath, [main, 'call', 'a.b', '{}', ...streaming.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const [[code], error] = await Promise.all([once(child, 'close'), text(child.stderr)])
    expect({ code, error }).toEqual({ code: 0, error: '' })
    await left.promise
  } finally {
    for (const timer of timers) clearInterval(timer)
    await streaming.stop()
  }
})
