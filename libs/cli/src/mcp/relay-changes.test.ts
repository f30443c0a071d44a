import { afterEach, expect, test, vi } from 'vitest'
import { relayChanges } from './relay-changes.ts'

afterEach(() => {
  vi.useRealTimers()
})

const stream = (text: string): Response =>
  new Response(text, { headers: { 'content-type': 'text/event-stream' } })

async function relayed(answers: readonly (() => Response)[], passMs: number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const stop = new AbortController()
  const lines: string[] = []
  let opened = 0
  const ended = relayChanges({
    open: async () => {
      const answer = answers[Math.min(opened, answers.length - 1)]
      opened += 1
      if (answer === undefined) throw new Error('no answer')
      return answer()
    },
    forward: async (text) => void lines.push(text),
    signal: stop.signal,
  })
  await vi.advanceTimersByTimeAsync(passMs)
  stop.abort()
  await ended
  return { lines, opened }
}

test('a stream that ends is opened again', async () => {
  const { lines, opened } = await relayed(
    [() => stream('data: 1\n\n'), () => stream('data: 2\n\n')],
    1100,
  )
  expect(lines.slice(0, 2)).toEqual(['1', '2'])
  expect(opened).toBeGreaterThan(1)
})

test.each([401, 405, 404])('after %i the hub is not asked again', async (status) => {
  const { opened } = await relayed([() => new Response('', { status })], 600_000)
  expect(opened).toBe(1)
})

test.each([429, 503])('after %i the hub is asked again, more and more rarely', async (status) => {
  const { opened } = await relayed([() => new Response('', { status })], 600_000)
  expect(opened).toBeGreaterThan(5)
  expect(opened).toBeLessThan(600)
})

test('a hub that does not answer is asked again', async () => {
  const fails = (): Response => {
    throw new Error('no hub')
  }
  const { lines } = await relayed([fails, fails, () => stream('data: 1\n\n')], 120_000)
  expect(lines[0]).toBe('1')
})
