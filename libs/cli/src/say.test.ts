import { afterAll, beforeAll, expect, test } from 'vitest'
import { safeJson, safeText } from './say.ts'
import { AnsweringListener } from './testing/answering-listener.ts'
import { run } from './testing/memory-io.ts'

/** Clears the screen, sets the title of the window, begins a sequence of C1, and turns the direction of the text. */
const HOSTILE = 'a\u001B[2J\u001B]0;title\u0007b\u009B31m\r\u202Ec'
const CONTROL = /[\p{Bidi_Control}]|(?![\n\t])\p{Cc}/u

const hub = new AnsweringListener(({ operation }, response) => {
  if (operation === 'a.fails') {
    response.writeHead(502, { 'content-type': 'application/problem+json' })
    response.end(
      JSON.stringify({
        code: 'EXECUTION_ERROR',
        detail: HOSTILE,
        details: { errors: [{ path: HOSTILE, message: HOSTILE }] },
      }),
    )
  }
  if (operation === 'completions') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: HOSTILE } }] })}\n\n`)
    response.end('data: [DONE]\n\n')
  }
  return { text: HOSTILE, items: [{ approvalId: HOSTILE, question: HOSTILE, kind: HOSTILE }] }
})
beforeAll(() => hub.start())
afterAll(() => hub.stop())

test('text keeps its lines and tabs, and JSON its value', () => {
  expect(safeText('a\u001B[31mb\u0007\u202Ec\n\td\r\n')).toBe('a[31mbc\n\td\n')
  const json = safeJson({ [HOSTILE]: [HOSTILE, '\n\t'] }, 2)
  expect(json).not.toMatch(CONTROL)
  expect(JSON.parse(json)).toEqual({ [HOSTILE]: [HOSTILE, '\n\t'] })
  expect(safeJson(undefined)).toBe('null')
})

test.each([
  ['an answer', ['call', 'a.b', '{}']],
  ['an error', ['call', 'a.fails', '{}']],
  ['an error as JSON', ['call', 'a.fails', '{}', '--json']],
  ['an error with its stack', ['call', 'a.fails', '{}', '--verbose']],
  ['the answer of a model', ['chat', 'acme/m', 'Hi']],
  ['the answer of a model as JSON', ['chat', 'acme/m', 'Hi', '--json']],
  ['a name that is not there', ['call', HOSTILE, '{}']],
  ['an unknown command', [HOSTILE]],
])('%s controls no terminal', async (_, args) => {
  const { out, err } = await run(args[0] === HOSTILE ? args : [...args, ...hub.args])
  expect(out + err).not.toMatch(CONTROL)
  expect(out + err).toContain('title')
})
