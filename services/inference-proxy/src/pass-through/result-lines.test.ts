import { expect, test } from 'vitest'
import { ResultLines } from './result-lines.ts'

const openai = (id: string, status = 200): string =>
  JSON.stringify({
    id,
    custom_id: 'ä✓',
    response: {
      status_code: status,
      body: {
        model: 'gpt-5',
        service_tier: 'default',
        usage: { prompt_tokens: 9, completion_tokens: 3 },
      },
    },
  })
const message = (id: string): string =>
  JSON.stringify({
    custom_id: 'a',
    result: {
      type: 'succeeded',
      message: { id, model: 'claude', usage: { input_tokens: 5, output_tokens: 2 } },
    },
  })
const failed = '{"custom_id":"b","result":{"type":"errored","error":{"type":"error"}}}'

const TEXT = [openai('r1'), '', openai('r2', 500), message('m1'), failed, openai('r3')].join('\n')

function readAt(cut: number): readonly string[] {
  const bytes = Buffer.from(TEXT)
  const lines = new ResultLines(10_000)
  return [
    ...lines.push(bytes.subarray(0, cut)),
    ...lines.push(bytes.subarray(cut)),
    ...lines.end(),
  ].map(
    ({ id, model, usage, tiers }) => `${id} ${model} ${usage.tokens.input} ${tiers.service ?? ''}`,
  )
}

test('results that were answered are read, in the price of batches, wherever the bytes are cut', () => {
  for (let cut = 0; cut <= Buffer.byteLength(TEXT); cut++)
    expect(readAt(cut)).toEqual(['r1 gpt-5 9 batch', 'm1 claude 5 batch', 'r3 gpt-5 9 batch'])
})

test.each([
  ['no JSON', `%PDF-1.4\n${openai('r1')}\n`],
  ['a line that is too long', `"${'x'.repeat(10_001)}"\n${openai('r1')}\n`],
])('a text with %s is something else', (_what, text) => {
  const lines = new ResultLines(10_000)
  expect([...lines.push(Buffer.from(text)), ...lines.end()]).toEqual([])
})

test.each(['7', 'null', '[]', '{"id":"a"}', '{"id":"a","response":{"status_code":200}}'])(
  'a line that is no result is passed over: %s',
  (line) => {
    const lines = new ResultLines(10_000)
    const found = lines.push(Buffer.from(`${line}\n${message('m2')}\n`))
    expect(found.map(({ id }) => id)).toEqual(['m2'])
  },
)
