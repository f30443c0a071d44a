import { gzipSync } from 'node:zlib'
import { Agent } from 'undici'
import { expect, test } from 'vitest'
import type { ProxyContext } from '../context.ts'
import { startTestUpstream } from '../testing/test-upstream.ts'
import type { Provider } from './provider.ts'
import { tryProvider } from './try-provider.ts'

const ANSWER = JSON.stringify({ choices: [{ message: { content: 'Hi' } }] })

test.each([
  ['an answer', { 'content-type': 'application/json' }, ANSWER, true],
  ['an answer in gzip', { 'content-encoding': 'gzip' }, gzipSync(ANSWER), true],
  ['a page', { 'content-type': 'text/html' }, '<html>Welcome</html>', false],
  ['nothing', {}, '', false],
  ['a list', { 'content-type': 'application/json' }, '[]', false],
  ['an error', { 'content-type': 'application/json' }, '{"error":{"message":"No."}}', false],
])('a model that answers 200 with %s works, or does not', async (_what, headers, body, ok) => {
  await using upstream = await startTestUpstream()
  const agent = new Agent()
  const baseUrl = upstream.serve((answer) => answer.writeHead(200, headers).end(body))
  const config = { baseUrl, models: ['m'] }
  const provider = { name: 'acme', config, keys: [], key: undefined } as unknown as Provider
  const trial = await tryProvider({ agent } as unknown as ProxyContext, provider, 'm')
  expect(trial).toMatchObject({ ok })
  await agent.close()
})
