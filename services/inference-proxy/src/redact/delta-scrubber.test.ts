import { expect, test } from 'vitest'
import { DeltaScrubber } from './delta-scrubber.ts'
import { TraceMatcher } from './trace-matcher.ts'

const secret = 'sk-planted/Secret+0123456789abcdef'

const delta = (content: string, index = 0): string =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index, delta: { content } }] })}\n\n`

/** What each push gives out, and what the end gives. */
function scrub(events: readonly string[]): readonly string[] {
  const scrubber = new DeltaScrubber(new TraceMatcher(secret))
  const given = events.map((event) => scrubber.push(Buffer.from(event)).toString())
  return [...given, scrubber.end().toString()]
}

/** The text that a client puts together for one choice. */
function contentOf(stream: string, index = 0): string {
  return stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map(
      (line) =>
        JSON.parse(line.slice(6)) as { choices: { index: number; delta: { content: string } }[] },
    )
    .flatMap(({ choices }) => choices)
    .filter((choice) => choice.index === index)
    .map((choice) => choice.delta.content)
    .join('')
}

const cut = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    text.slice(at * size, (at + 1) * size),
  )

const shownOf = (text: string): number => {
  let most = 0
  for (let from = 0; from < secret.length; from += 1)
    for (let to = from + most + 1; to <= secret.length; to += 1)
      if (text.includes(secret.slice(from, to))) most = to - from
  return most
}

test.each([1, 2, 3, 4, 5, 7, 8, 20])(
  'a key in deltas of %i characters does not reach the client, and the text around it does',
  (size) => {
    const content = contentOf(
      scrub([
        delta('It is '),
        ...cut(secret, size).map((piece) => delta(piece)),
        delta('. Bye'),
      ]).join(''),
    )
    expect(shownOf(content)).toBeLessThanOrEqual(3)
    expect(content.startsWith('It is ')).toBe(true)
    expect(content.endsWith('. Bye')).toBe(true)
    expect(content).toContain('[redacted]')
  },
)

test.each([
  ['base64', Buffer.from(secret).toString('base64')],
  ['hexadecimal', Buffer.from(secret).toString('hex')],
  ['capitals', secret.toUpperCase()],
  ['backwards', secret.split('').toReversed().join('')],
  [
    'percent-encoded',
    secret
      .split('')
      .map((c) => `%${c.charCodeAt(0).toString(16)}`)
      .join(''),
  ],
  [
    'JSON-escaped',
    secret
      .split('')
      .map((c) => `\\u00${c.charCodeAt(0).toString(16)}`)
      .join(''),
  ],
])('a key spelled as %s in deltas of 3 characters does not reach the client', (_, form) => {
  const content = contentOf(scrub(cut(form, 3).map((piece) => delta(piece))).join(''))
  const shown = Array.from({ length: form.length - 7 }, (__, at) => form.slice(at, at + 8))
  // Escapes take up to six characters for one of the key.
  const some = form.length >= 3 * secret.length ? [form.slice(0, 60), form.slice(30, 90)] : shown
  expect(some.filter((piece) => content.includes(piece))).toEqual([])
})

test.each([1, 2, 4, 5, 6, 7, 9])(
  'a key whose characters are percent-encoded twice, in deltas of %i characters, does not reach the client',
  (size) => {
    const form = secret
      .split('')
      .map((c) => `%25${c.charCodeAt(0).toString(16)}`)
      .join('')
    const content = contentOf(scrub(cut(form, size).map((piece) => delta(piece))).join(''))
    // Five characters of text for one of the key; eight of the key in a row are a trace.
    const shown = Array.from({ length: form.length - 39 }, (_, at) => form.slice(at, at + 40))
    expect(shown.filter((piece) => content.includes(piece))).toEqual([])
    expect(content).toContain('[redacted]')
  },
)

test('a delta that ends inside an escape waits for the next one', () => {
  const form = secret
    .split('')
    .map((c) => `%${c.charCodeAt(0).toString(16)}`)
    .join('')
  const content = contentOf(scrub([delta(form.slice(0, 22)), delta(form.slice(22))]).join(''))
  expect(content).not.toContain(form.slice(0, 12))
})

test('deltas without a trace pass at once and byte for byte', () => {
  const events = [
    ': c\n\n',
    delta('s'),
    delta('sk-'),
    delta('k'),
    'event: x\r\ndata: 7\r\n\r\n',
    'data: [DONE]\n\n',
  ]
  expect(scrub(events)).toEqual([...events, ''])
})

test('an event that ends with half of a trace waits for the next one, and is then given out as it came', () => {
  const events = [delta('x sk-pl'), delta('ain text')]
  expect(scrub(events)).toEqual(['', events.join(''), ''])
})

test('what waits is given out when the stream ends', () => {
  expect(scrub([delta('sk-plan')])).toEqual(['', delta('sk-plan')])
})

test('the deltas of several choices and of tool calls are texts of their own', () => {
  const mixed = cut(secret, 2).flatMap((piece) => [delta(piece, 0), delta('one two ', 1)])
  const stream = scrub(mixed).join('')
  expect(shownOf(contentOf(stream, 0))).toBeLessThanOrEqual(3)
  expect(contentOf(stream, 1)).toBe('one two '.repeat(cut(secret, 2).length))
  const tools = cut(secret, 2).map(
    (piece) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 3, function: { arguments: piece } }] } }] })}\n\n`,
  )
  expect(scrub(tools).join('')).not.toContain(`":"${secret.slice(4, 6)}"`)
})

test('data that is not JSON is one text, however its lines arrive', () => {
  const lines = cut(secret, 4).flatMap((piece) => [`data: ${piece}\n`, '\n'])
  const stream = scrub(lines).join('')
  expect(shownOf(stream)).toBeLessThanOrEqual(3)
  expect(stream).toContain('[redacted]')
})

test('at most 64 events wait, and what follows is still cut', () => {
  const silence = Array.from({ length: 100 }, () => 'data: {"choices":[]}\n\n')
  const given = scrub([delta('sk-plan'), ...silence, delta('ted/Secret')])
  expect(given.slice(0, 64).join('')).toBe('')
  expect(given[64]).toBe(delta('sk-plan'))
  expect(given.join('')).not.toContain('ted/')
})
