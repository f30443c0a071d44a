import type { ServerResponse } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file with prices for the providers that tests add, in US dollars per million tokens. */
export async function writePrices(
  models: Readonly<Record<string, object>>,
  tiers: Readonly<Record<string, object>> = {},
): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-prices-'))
  const path = join(folder, 'prices.json')
  await writeFile(path, JSON.stringify({ version: 'test-1', models, tiers }))
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

export const usage = (input: number, output: number, cached = 0): object => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached },
})

/** A chat completion. */
export function answerWhole(answer: ServerResponse, content: string, used?: object): void {
  const message = { role: 'assistant', content }
  const body = {
    id: 'chatcmpl-1',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    ...(used && { usage: used }),
  }
  answer.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'up-1' })
  answer.end(JSON.stringify(body))
}

export const delta = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
export const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
export const usageEvent = (used: object): string =>
  `data: ${JSON.stringify({ choices: [], usage: used })}\n\n`
export const done = 'data: [DONE]\n\n'
