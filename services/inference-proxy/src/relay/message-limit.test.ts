import { expect, test } from 'vitest'
import { PriceTable } from '../prices/price-table.ts'
import type { Provider } from '../providers/provider.ts'
import { ENDPOINTS } from './endpoints.ts'
import { messageLimit } from './message-limit.ts'
import { readModelBody } from './model-body.ts'

const provider = {
  name: 'acme',
  config: { baseUrl: 'http://acme.test/v1', protocol: 'anthropic' },
} as unknown as Provider
const limitOf = (
  path: string,
  body: string,
  model: string,
  given?: number,
): Promise<number | undefined> => {
  const endpoint = ENDPOINTS.find((one) => one.path === path)
  if (endpoint === undefined) throw new Error(path)
  const prices = PriceTable.open(undefined)
  const read = readModelBody(Buffer.from(body))
  return messageLimit(endpoint, read, { provider, model }, { prices, given, usual: 16_384 })
}

test.each([
  ['a model that is known', 'messages', '{"messages":[]}', 'claude-sonnet-4-5', undefined, 64_000],
  ['one that is not known', 'messages', '{"messages":[]}', 'large', undefined, 16_384],
  ['a smaller limit of a budget', 'messages', '{"messages":[]}', 'claude-sonnet-4-5', 77, 77],
  ['a larger one', 'messages', '{"messages":[]}', 'claude-sonnet-4-5', 99_999, 64_000],
  ['a limit for a model that is not known', 'messages', '{}', 'large', 99_999, 99_999],
  ['a limit of the client', 'messages', '{"max_tokens":5}', 'large', undefined, undefined],
  ['a count of tokens', 'messages/count_tokens', '{}', 'large', undefined, undefined],
  ['another protocol', 'chat/completions', '{}', 'large', undefined, undefined],
])('%s', async (_what, path, body, model, given, expected) => {
  expect(await limitOf(path, body, model, given)).toBe(expected)
})
