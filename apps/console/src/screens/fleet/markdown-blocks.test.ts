import { expect, test } from 'vitest'
import { blocksOf, spansOf } from './markdown-blocks.ts'

test('headings, lists, code, quotations and tables are blocks of their own', () => {
  const text = [
    '# The plan',
    'First look,\nthen write.',
    '- one',
    '  more of it',
    '  - below',
    '2) two',
    '```ts',
    '# not a heading',
    '```',
    '> said',
    '| a | b |',
    '|---|---|',
    'End',
  ].join('\n')
  expect(blocksOf(text)).toEqual([
    { kind: 'heading', text: 'The plan' },
    { kind: 'text', text: 'First look,\nthen write.' },
    {
      kind: 'list',
      items: [
        { depth: 0, mark: '•', text: 'one\nmore of it' },
        { depth: 1, mark: '•', text: 'below' },
        { depth: 0, mark: '2)', text: 'two' },
      ],
    },
    { kind: 'code', text: '# not a heading' },
    { kind: 'quote', text: 'said' },
    { kind: 'code', text: '| a | b |\n|---|---|' },
    { kind: 'text', text: 'End' },
  ])
})

test('code that has no end goes to the end of the text', () => {
  expect(blocksOf('```\na\n\nb')).toEqual([{ kind: 'code', text: 'a\n\nb' }])
})

test('code and strong pieces are found, and links and HTML stay text', () => {
  expect(spansOf('a `b*c` **d** [e](javascript:alert(1)) <img src=x>')).toEqual([
    { kind: 'text', text: 'a ' },
    { kind: 'code', text: 'b*c' },
    { kind: 'text', text: ' ' },
    { kind: 'strong', text: 'd' },
    { kind: 'text', text: ' [e](javascript:alert(1)) <img src=x>' },
  ])
  expect(spansOf('2 * 3 ** 4 `')).toEqual([{ kind: 'text', text: '2 * 3 ** 4 `' }])
})

test.each([
  ['# a', ' ', 'x'],
  ['', '`', ''],
  ['', '**a', ''],
  ['', '* ', ''],
  ['|', ' ', 'x'],
  ['', '> ', 'x'],
  ['', '\n#', ''],
  ['- a\n', '   ', 'x'],
])(
  '256 Ki characters of %j and %j are read in linear time',
  // The square of the length would take minutes.
  { timeout: 20_000 },
  (begin, repeated, end) => {
    const text = (begin + repeated.repeat(262_144)).slice(0, 262_144) + end
    const blocks = blocksOf(text)
    for (const block of blocks) if ('text' in block) spansOf(block.text)
    expect(blocks).not.toEqual([])
  },
)
