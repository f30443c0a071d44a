import { expect, test } from 'vitest'
import { CheckedStream } from './checked-stream.ts'

const delta = (content: string, index = 0): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index, delta: { content } }] })}\n\n`
const DONE = 'data: [DONE]\n\n'

function contentOf(stream: string): string {
  return stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices: { delta: { content: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? '')
    .join('')
}

interface Checked {
  readonly out: string[]
  readonly seen: (readonly string[])[]
}

/** Sends the pieces through windows of 10 characters with 4 in common; `redacts`: what the check answers. */
async function check(
  pieces: readonly string[],
  redacts: (texts: readonly string[], isLast: boolean) => readonly string[] = () => [],
  overlapCharacters = 4,
): Promise<Checked> {
  const seen: (readonly string[])[] = []
  const stream = new CheckedStream({
    windowCharacters: 10,
    overlapCharacters,
    check: async (texts, isLast) => {
      seen.push(texts)
      return redacts(texts, isLast)
    },
  })
  const out: string[] = []
  for (const piece of pieces) {
    // oxlint-disable-next-line no-await-in-loop -- one piece after the other
    out.push((await stream.push(Buffer.from(piece))).toString())
  }
  out.push((await stream.end()).toString())
  return { out, seen }
}

const cut = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    text.slice(at * size, (at + 1) * size),
  )

test('nothing goes out before it was checked, and what passes is byte for byte the same', async () => {
  const events = [...cut('The quick brown fox jumps.', 3).map((text) => delta(text)), DONE]
  const { out, seen } = await check(events)
  expect(out.slice(0, 3).join('')).toBe('')
  expect(out.join('')).toBe(events.join(''))
  expect(seen.flat().join(' ')).toContain('The quick')
})

test.each([1, 2, 3, 5, 7, 11, 40])(
  'a text in deltas of %i characters is redacted wherever windows end',
  async (size) => {
    for (let before = 0; before < 24; before += 1) {
      const text = `${'x'.repeat(before)}4111${'y'.repeat(20)}`
      const events = [...cut(text, size).map((piece) => delta(piece)), DONE]
      // oxlint-disable-next-line no-await-in-loop -- one stream after the other
      const { out } = await check(events, (texts) =>
        texts.some((one) => one.includes('4111')) ? ['4111'] : [],
      )
      const content = contentOf(out.join(''))
      expect(content).not.toContain('4111')
      expect(content).toMatch(/^x*(?:\[redacted\])+y{20}$/)
    }
  },
)

test('events that are cut into bytes give the same as whole ones', async () => {
  const events = [...cut('Die Straße 北京 4111 endet', 2).map((text) => delta(text)), DONE].join('')
  const redacts = (texts: readonly string[]): string[] =>
    texts.some((one) => one.includes('4111')) ? ['4111'] : []
  const whole = await check([events], redacts)
  const bytes = [...Buffer.from(events)].map((byte) => Buffer.from([byte]).toString('latin1'))
  const stream = new CheckedStream({
    windowCharacters: 10,
    overlapCharacters: 4,
    check: async (texts) => redacts(texts),
  })
  const out: Buffer[] = []
  for (const byte of bytes) {
    // oxlint-disable-next-line no-await-in-loop -- one byte after the other
    out.push(await stream.push(Buffer.from(byte, 'latin1')))
  }
  out.push(await stream.end())
  expect(contentOf(Buffer.concat(out).toString())).toBe(contentOf(whole.out.join('')))
})

test('a text that was redacted once is redacted in all that follows', async () => {
  const last = `data: ${JSON.stringify({ text: 'all of it: 4111' })}\n\n`
  const { out } = await check([delta('a card 4111 and more text'), last], (texts) =>
    texts[0]?.startsWith('a card') === true ? ['4111'] : [],
  )
  expect(out.join('')).not.toContain('4111')
})

test('a check that throws ends the stream, and nothing of its window goes out', async () => {
  const stream = new CheckedStream({
    windowCharacters: 10,
    overlapCharacters: 4,
    check: async (texts) => {
      if (texts.join('').includes('bad')) throw new Error('refused')
      return []
    },
  })
  expect((await stream.push(Buffer.from(delta('Hello')))).toString()).toBe('')
  await expect(stream.push(Buffer.from(delta(' bad words')))).rejects.toThrow('refused')
})

test('each choice is a text of its own', async () => {
  const { seen } = await check([delta('aaaaaa', 0), delta('bbbbbb', 1), DONE])
  expect(seen[0]).toEqual(expect.arrayContaining(['aaaaaa', 'bbbbbb']))
})

test('the last check gets to know that nothing follows, also when there is no text', async () => {
  const lasts: boolean[] = []
  await check([DONE], (_, isLast) => {
    lasts.push(isLast)
    return []
  })
  expect(lasts).toEqual([true])
})

test('what waits has a bound: events without text do not pile up behind a text', async () => {
  const silence = `data: ${JSON.stringify({ id: 'x'.repeat(1000) })}\n\n`
  const { out } = await check([delta('abc'), ...Array.from({ length: 600 }, () => silence)])
  const last = out.at(-1) ?? ''
  expect(last.length).toBeLessThan(300 * 1024)
})

test('the data of what goes out is given out redacted', async () => {
  const given: unknown[] = []
  const stream = new CheckedStream({
    windowCharacters: 5,
    overlapCharacters: 0,
    check: async () => ['secret'],
    onReleased: (data) => given.push(data),
  })
  await stream.push(Buffer.from(delta('a secret!')))
  await stream.end()
  expect(JSON.stringify(given)).toContain('a [redacted]!')
})
