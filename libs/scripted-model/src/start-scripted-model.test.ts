import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SSEParser } from '@alkdev/operations/sse'
import { must } from '@alkdev/std'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startScriptedModel } from './start-scripted-model.ts'
import type { ScriptedModel } from './start-scripted-model.ts'

let model: ScriptedModel
beforeAll(async () => {
  model = await startScriptedModel()
})
afterAll(() => model?.[Symbol.asyncDispose]())

interface Delta {
  content?: string
  tool_calls?: { index: number; id?: string; function: { name?: string; arguments?: string } }[]
}
interface Chunk {
  choices: { delta: Delta; finish_reason: string | null }[]
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number }
}

const user = (content: string): object => ({ role: 'user', content })

function ask(name: string, messages: readonly object[], more: object = {}): Promise<Response> {
  return fetch(`${model.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: name, messages, ...more }),
  })
}

/** Reads a stream to its end. `isWhole`: it ended with `[DONE]`. */
async function readStream(response: Response) {
  const parser = new SSEParser(1024 * 1024)
  let text = ''
  let args = ''
  let finish: string | null | undefined
  let usage: Chunk['usage']
  let isWhole = false
  let broken = 0
  try {
    for await (const part of must(response.body).pipeThrough(new TextDecoderStream()))
      for (const { data } of parser.push(part)) {
        if (data === '[DONE]') isWhole = true
        else
          try {
            const chunk = JSON.parse(data) as Chunk
            const [choice] = chunk.choices
            text += choice?.delta.content ?? ''
            for (const one of choice?.delta.tool_calls ?? []) args += one.function.arguments ?? ''
            finish = choice?.finish_reason ?? finish
            usage = chunk.usage ?? usage
          } catch {
            broken += 1
          }
      }
  } catch {
    // The connection ended.
  }
  return { text, args, finish, usage, isWhole, broken }
}

const streaming = { stream: true, stream_options: { include_usage: true } }

test('a stream has the text in pieces, a reason and the usage, and ends with [DONE]', async () => {
  const said = 'The prompt ✓ is longer than one piece.'
  const streamed = await readStream(await ask('echo', [user(said)], streaming))
  expect(streamed).toMatchObject({ text: said, finish: 'stop', isWhole: true, broken: 0 })
  expect(streamed.usage?.completion_tokens).toBe(Math.ceil(said.length / 4))
  const whole = (await (await ask('echo', [user(said)])).json()) as {
    choices: { message: { content: string } }[]
    usage: object
  }
  expect(whole.choices[0]?.message.content).toBe(said)
  const without = await readStream(await ask('echo', [user(said)], { stream: true }))
  expect(without).toMatchObject({ isWhole: true, usage: undefined })
})

test('the step follows from the answers since the prompt, and results fill the arguments of the next call', async () => {
  const first = (await (await ask('demo', [user('list the files')])).json()) as {
    choices: { message: { tool_calls: { id: string; function: object }[] } }[]
  }
  const { message } = must(first.choices[0])
  expect(message.tool_calls[0]?.function).toEqual({
    name: 'search',
    arguments: '{"query":"list the files of a folder","limit":10}',
  })
  const messages = [
    user('hello'),
    { role: 'assistant', content: 'an earlier turn' },
    user('list the files'),
    { role: 'assistant', ...message },
    {
      role: 'tool',
      tool_call_id: message.tool_calls[0]?.id,
      content: '{"items":[{"operationId":"dev.my-folder.fs.list"}]}',
    },
  ]
  const second = await readStream(await ask('demo', messages, streaming))
  expect(second.finish).toBe('tool_calls')
  expect(JSON.parse(second.args)).toEqual({
    operationId: 'dev.my-folder.fs.list',
    input: { path: '.' },
  })
  const again = await readStream(await ask('demo', messages, streaming))
  expect(again).toEqual(second)
})

test('a loop begins again, and a script that has ended says so', async () => {
  const answers = Array.from({ length: 7 }, () => ({ role: 'assistant', content: '' }))
  const looped = await readStream(await ask('loop', [user('go'), ...answers], streaming))
  expect(looped.finish).toBe('tool_calls')
  const ended = await readStream(await ask('echo', [user('go'), ...answers], streaming))
  expect(ended.text).toBe('The script has no further step.')
})

test('calls with broken JSON and with a NUL are sent as the script says', async () => {
  const broken = await readStream(await ask('broken-json', [user('x')], streaming))
  expect(() => JSON.parse(broken.args) as unknown).toThrow(SyntaxError)
  expect(broken).toMatchObject({ finish: 'tool_calls', isWhole: true })
  const nul = await readStream(await ask('nul', [user('x')], streaming))
  expect(nul.text).toContain('\0')
  expect(JSON.parse(nul.args)).toEqual({ query: 'a\0b\ud800c' })
})

test('a cut stream ends without a reason, a broken event is in the middle, and errors have their status', async () => {
  const cut = await readStream(await ask('cut', [user('x')], streaming))
  expect(cut).toMatchObject({ isWhole: false, finish: undefined })
  expect(cut.text.length).toBeGreaterThan(0)
  const broken = await readStream(await ask('not-json', [user('x')], streaming))
  expect(broken).toMatchObject({ broken: 1, isWhole: true })
  await expect(ask('no-answer', [user('x')])).rejects.toThrow('fetch failed')
  const limited = await ask('rate-limited', [user('x')])
  expect(limited.status).toBe(429)
  expect(limited.headers.get('retry-after')).toBe('2')
  expect(await limited.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
})

test('silence lasts until the client leaves', async () => {
  const controller = new AbortController()
  const asked = fetch(`${model.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'silence-midway', messages: [user('x')], stream: true }),
    signal: controller.signal,
  })
  const reader = must((await asked).body).getReader()
  expect((await reader.read()).done).toBe(false)
  controller.abort()
  await expect(
    (async () => {
      for (;;) if ((await reader.read()).done) return
    })(),
  ).rejects.toThrow('aborted')
})

test('the models are listed, and unknown ones, bad bodies and other paths are refused', async () => {
  const list = (await (await fetch(`${model.url}/models`)).json()) as { data: { id: string }[] }
  expect(list.data.map(({ id }) => id)).toEqual(expect.arrayContaining(['demo', 'flood', 'nul']))
  expect((await ask('nothing-like-it', [user('x')])).status).toBe(404)
  expect((await ask('echo', 'x' as never)).status).toBe(400)
  const bad = (body: string) => fetch(`${model.url}/chat/completions`, { method: 'POST', body })
  expect((await bad('{')).status).toBe(400)
  expect((await bad('['.repeat(100_000))).status).toBe(400)
  expect((await bad('null')).status).toBe(400)
  expect((await fetch(`${model.url}/embeddings`, { method: 'POST' })).status).toBe(404)
})

test('a script that is not valid is named to the client', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scripts-'))
  writeFileSync(join(folder, 'mine.yaml'), 'models: [')
  await using other = await startScriptedModel({ folder })
  const answer = await fetch(`${other.url}/models`)
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('mine.yaml')
  rmSync(folder, { recursive: true })
})

test('a port that is in use is replaced by a free one', async () => {
  await using other = await startScriptedModel({ port: model.port })
  expect(other.port).not.toBe(model.port)
})
