import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProxy } from '../testing/test-proxy.ts'
import type { TestProxy } from '../testing/test-proxy.ts'
import { startTestUpstream } from '../testing/test-upstream.ts'

let proxy: TestProxy
let authorization: string

beforeAll(async () => {
  proxy = await startTestProxy()
  authorization = `Bearer ${(await proxy.createKey()).key}`
})
afterAll(() => proxy?.[Symbol.asyncDispose]())

test('an address that is not known is refused with 404 whatever the method', async () => {
  for (const method of ['GET', 'POST']) {
    const answer = await fetch(`${proxy.service.url}/v1/nothing`, {
      method,
      headers: { authorization },
    })
    expect(answer.status).toBe(404)
  }
})

test.each(['with a length', 'in chunks'])(
  'a body %s over the limit is refused with 413 in the shape of OpenAI',
  async (how) => {
    const pieces = Array.from({ length: 48 }, () => Buffer.alloc(1024 * 1024, 0x20))
    const answer = await fetch(`${proxy.service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: how === 'in chunks' ? ReadableStream.from(pieces) : Buffer.concat(pieces),
      ...(how === 'in chunks' && { duplex: 'half' as const }),
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ error: { code: 'payload_too_large' } })
  },
)

test('a header of a provider that is no plain text, or is huge, is left out and the answer arrives', async () => {
  await using upstream = await startTestUpstream()
  const hostile = {
    'openai-version': Buffer.from('北京').toString('latin1'),
    'retry-after-ms': '1'.repeat(20_000),
    'set-cookie': 'session=stolen',
    location: 'http://127.0.0.1/',
    'openai-processing-ms': '7',
  }
  for (const stream of [true, false]) {
    const type = stream ? 'text/event-stream' : 'application/json'
    const baseUrl = upstream.serve((answer) =>
      answer
        .writeHead(200, { ...hostile, 'content-type': type })
        .end(stream ? 'data: [DONE]\n\n' : '{"choices":[]}'),
    )
    await proxy.addProvider(`hostile-${stream}`, { baseUrl, models: ['m'] })
    const answer = await proxy.chat({ model: `hostile-${stream}/m`, stream })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain(stream ? '[DONE]' : 'choices')
    expect(answer.headers.get('openai-processing-ms')).toBe('7')
    for (const name of ['openai-version', 'retry-after-ms', 'set-cookie', 'location'])
      expect(answer.headers.get(name)).toBeNull()
  }
})
