import { expect, test } from 'vitest'
import { visibleTexts } from './visible-text.ts'

/** Text in the block of tags, which no program shows and models read. */
const hidden = (text: string): string =>
  Array.from(text, (char) => String.fromCodePoint(0xe0000 + (char.codePointAt(0) ?? 0))).join('')

test('hidden instructions in titles and descriptions are seen, at every depth', () => {
  const spec = {
    title: `Add\u202Edda`,
    description: `Adds.${hidden('hi')}`,
    inputSchema: {
      properties: {
        description: { type: 'string', description: 'Line one.\r\nLine\ttwo.\u200B' },
      },
      anyOf: [{ title: 'a\u2060b' }],
    },
  }
  expect(visibleTexts(spec)).toEqual({
    title: 'Add\\u202edda',
    description: 'Adds.\\ue0068\\ue0069',
    inputSchema: {
      properties: {
        description: { type: 'string', description: 'Line one.\nLine\ttwo.\\u200b' },
      },
      anyOf: [{ title: 'a\\u2060b' }],
    },
  })
})

test('data, and what has nothing invisible, stays as it is', () => {
  const plain = { description: 'Größe 👩‍💻', enum: [{ title: 'a\u200B' }], default: 'x\u200B' }
  expect(visibleTexts(plain)).toBe(plain)
  const named = JSON.parse('{"__proto__":{"title":"a\\u200b"},"title":"b"}') as object
  expect(JSON.stringify(visibleTexts(named))).toBe(
    '{"__proto__":{"title":"a\\\\u200b"},"title":"b"}',
  )
})
