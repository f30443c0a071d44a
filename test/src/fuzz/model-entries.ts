import type { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import { hostileText } from './hostile-json.ts'
import { answerOf } from './http-entries.ts'
import { oneHostile } from './one-hostile.ts'
import { openaiOutcome } from './outcome.ts'
import type { Outcome } from './tally.ts'

const TOOL_SCHEMA = { type: 'object', properties: { a: { type: 'string' } } }
const TOOL = { type: 'function', function: { name: 'f', parameters: TOOL_SCHEMA } }

/** A request of each protocol, as a client writes it. Each is sent to the providers of all protocols, so that those between are translated. */
const REQUESTS: Readonly<Record<string, object>> = {
  'chat/completions': {
    messages: [
      { role: 'system', content: 'x' },
      { role: 'user', content: [{ type: 'text', text: 'x' }] },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', ...TOOL }] },
      { role: 'tool', tool_call_id: 'c', content: 'x' },
    ],
    tools: [TOOL],
    temperature: 0.5,
    max_tokens: 16,
    stream_options: { include_usage: true },
  },
  responses: {
    instructions: 'x',
    input: [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x' }] },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c', output: 'x' },
    ],
    tools: [{ type: 'function', name: 'f', parameters: TOOL_SCHEMA }],
    max_output_tokens: 16,
    reasoning: { effort: 'low' },
    text: { format: { type: 'text' } },
  },
  messages: {
    system: [{ type: 'text', text: 'x' }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'x' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: { a: 1 } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'x' }] },
    ],
    tools: [{ name: 'f', description: 'x', input_schema: TOOL_SCHEMA }],
    max_tokens: 16,
    thinking: { type: 'enabled', budget_tokens: 1024 },
  },
  completions: { prompt: ['x'], max_tokens: 16 },
  embeddings: { input: ['x', 'y'], encoding_format: 'float' },
  moderations: { input: 'x' },
  'providers/outside/rerank': { query: 'x', documents: ['x'] },
}
const PATHS = Object.keys(REQUESTS)
const GETS = ['models', 'models/outside/m', 'files/x?model=m', 'responses/resp_1', 'batches']

/** A request below `/v1` whose answer, if it gets so far, a hostile provider makes: what that says is its own business. */
async function v1(target: FuzzTarget, random: Random): Promise<Outcome> {
  const one = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)] as T
  if (random.next() < 0.1) return send(target, one(GETS), { method: 'GET' })
  if (random.next() < 0.1) return form(target, random)
  const path = one(PATHS)
  const request = {
    model: one(['outside/m', 'anthropic/m', 'translated/m', 'none/m']),
    ...REQUESTS[path],
    stream: random.next() < 0.5,
    // Other inputs get other answers.
    user: `fuzz-${random.between(0, 1e9)}`,
  }
  const body = random.pick([
    [4, () => JSON.stringify(request)],
    [4, () => oneHostile(random, request)],
    [1, () => hostileText(random)],
  ])()
  const type =
    random.next() < 0.95 ? 'application/json' : one(['text/plain', 'multipart/form-data'])
  return send(target, path, { method: 'POST', headers: { 'content-type': type }, body })
}

/** A form for a path that is passed through. */
function form(target: FuzzTarget, random: Random): Promise<Outcome> {
  const head = random.pick([
    [4, 'Content-Disposition: form-data; name="model"'],
    [1, 'Content-Disposition: form-data; name=model'],
    [1, 'Content-Disposition: form-data; name="\u00ff"; filename="a"'],
    [1, 'Content-Type: text/plain'],
    [1, ''],
  ])
  const value = random.next() < 0.5 ? 'outside/m' : hostileText(random).slice(0, 50_000)
  const end = random.next() < 0.8 ? '--x--\r\n' : ''
  const body = `--x\r\n${head}\r\n\r\n${value}\r\n${end}`
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  return send(target, 'files', { method: 'POST', headers, body })
}

async function send(
  target: FuzzTarget,
  path: string,
  init: Parameters<typeof answerOf>[2],
): Promise<Outcome> {
  try {
    const answer = await answerOf(target, `/v1/${path}`, init)
    return answer.ofProvider ? { is: 'ok' } : openaiOutcome(answer.status, answer.text)
  } catch (error) {
    // Half an answer of the provider is cut off.
    if (error instanceof TypeError) return { is: 'coded', code: 'cut off' }
    throw error
  }
}

export const modelEntries: readonly EntryPoint[] = [
  { name: '/v1 and provider', weight: 5, run: v1 },
]
