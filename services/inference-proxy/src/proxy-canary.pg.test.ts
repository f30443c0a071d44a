import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendJson } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'
import { wireFormats } from './testing/wire-formats.ts'

/* CompatCanary scores how compatible an API is with that of OpenAI. */

const run = promisify(execFile)
const canary = fileURLToPath(new URL('cli.js', import.meta.resolve('compatcanary')))

let proxy: TestProxy
let upstream: TestUpstream
let key: string

interface Asked {
  readonly tools?: readonly {
    readonly name?: string
    readonly function?: { readonly name: string }
  }[]
  readonly response_format?: unknown
  readonly text?: { readonly format?: { readonly type: string } }
  readonly stream?: boolean
}

/** A model that follows the requests of the scan. */
const follows: Handler = (answer, request) => {
  const asked = JSON.parse(request.text === '' ? '{}' : (request.text ?? '{}')) as Asked
  const isResponses = request.url?.endsWith('/responses') === true
  const [tool] = asked.tools ?? []
  const name = tool?.name ?? tool?.function?.name
  const wantsJson =
    asked.response_format !== undefined || asked.text?.format?.type === 'json_schema'
  if (name === undefined && !wantsJson) return wireFormats(answer, request)
  const [text, args] = [JSON.stringify({ status: 'ok' }), JSON.stringify({ value: 'CANARY_OK' })]
  if (isResponses) {
    const item =
      name === undefined
        ? {
            ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed' },
            content: [{ type: 'output_text', text, annotations: [] }],
          }
        : {
            type: 'function_call',
            id: 'fc_1',
            call_id: 'c1',
            name,
            arguments: args,
            status: 'completed',
          }
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
    const base = {
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      status: 'completed',
      model: 'm',
    }
    return sendJson(answer, { ...base, output: [item], usage })
  }
  const message =
    name === undefined
      ? { role: 'assistant', content: text }
      : {
          ...{ role: 'assistant', content: null },
          tool_calls: [{ id: 'c1', type: 'function', function: { name, arguments: args } }],
        }
  const finish_reason = name === undefined ? 'stop' : 'tool_calls'
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
  const base = { id: 'c', object: 'chat.completion', created: 1, model: 'm' }
  return sendJson(answer, { ...base, choices: [{ index: 0, message, finish_reason }], usage })
}

beforeAll(async () => {
  upstream = await startTestUpstream()
  proxy = await startTestProxy()
  key = (await proxy.createKey()).key
  const baseUrl = upstream.serve(follows)
  await proxy.addProvider('all', { baseUrl, models: ['m'] })
  await proxy.addProvider('chats', { baseUrl, models: ['m'], endpoints: ['chat'] })
  await proxy.addProvider('responds', { baseUrl, models: ['m'], endpoints: ['responses'] })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

test.each(['all/m', 'chats/m', 'responds/m'])(
  'compatcanary gives %s at least 97 of 100 points',
  async (model) => {
    const args = ['scan', '--base-url', `${proxy.service.url}/v1`, '--model', model]
    const { stdout } = await run(
      process.execPath,
      [canary, ...args, '--format', 'json', '--fail-on', 'never'],
      { env: { OPENAI_API_KEY: key }, timeout: 50_000 },
    )
    const { score, results } = JSON.parse(stdout) as {
      score: number
      results: { status: string }[]
    }
    expect(results.filter(({ status }) => status === 'fail')).toEqual([])
    expect(score).toBeGreaterThanOrEqual(97)
  },
)
