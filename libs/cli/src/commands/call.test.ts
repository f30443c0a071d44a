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
