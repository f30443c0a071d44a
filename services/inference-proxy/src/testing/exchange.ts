import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import type { Provider } from '../providers/provider.ts'
import { EventReader } from '../relay/event-reader.ts'
import { completedBytes, completeMessage, eventCompleter } from '../translate/complete-events.ts'
import { packageUsage } from '../usage/package-usage.ts'
import { partsOf } from '../translate/parts-of.ts'
import { ToolInputs } from '../translate/tool-inputs.ts'
import type { SpokenProtocol } from '../translate/translated-into.ts'
import { readRequest, sdkModel, sdkRequest, writerFor } from '../translate/translation.ts'
import { usageOf } from '../usage/protocol.ts'
import type { Usage } from '../usage/usage.ts'

const baseUrl = 'http://acme.test/v1'
const provider = { name: 'acme', config: { baseUrl } } as unknown as Provider
const google = { name: 'acme', config: { baseUrl, protocol: 'google' } } as unknown as Provider
const facts = { id: '1', model: 'm', created: 1 }
export const schema = { type: 'object', properties: { city: { type: 'string' } } }

export type Body = Record<string, unknown>
export interface Exchange {
  /** What the provider got. */
  readonly sent: Body
  readonly path: string
  /** What the client got. */
  readonly text: string
  readonly whole: Body
}

/** The formats of providers that requests are translated into. */
export type ProviderFormat = SpokenProtocol | 'google'

/** Sends a request of a client through the AI SDK to a provider that answers with `answer`, in chunks of any size. */
export async function exchange(
  client: SpokenProtocol,
  into: ProviderFormat,
  body: Body,
  answer: unknown,
  chunksOf: (bytes: Buffer) => readonly Buffer[] = (bytes) => [bytes],
): Promise<Exchange> {
  let sent: Body = {}
  let path = ''
  const fetch = (async (url: string, init: RequestInit) => {
    path = url.slice('http://acme.test/v1/'.length)
    sent = JSON.parse(init.body as string) as Body
    const type = typeof answer === 'string' ? 'text/event-stream' : 'application/json'
    const bytes = Buffer.from(
      typeof answer === 'string'
        ? answer
        : JSON.stringify(into === 'messages' ? completeMessage(answer) : answer),
    )
    const read = typeof answer === 'string' ? completed(into, chunksOf(bytes)) : [bytes]
    return new Response(ReadableStream.from(read), {
      headers: { 'content-type': type },
    })
  }) as typeof globalThis.fetch
  const model =
    into === 'google'
      ? sdkModel(google, 'package', 'm', fetch)
      : sdkModel(provider, into, 'm', fetch)
  const used = (usage: LanguageModelV4Usage): Usage | undefined =>
    into === 'google' ? packageUsage(usage) : usageOf(into, usage.raw)
  const request = sdkRequest(readRequest(client, body), undefined)
  const writer = writerFor(client, facts, body)
  let text = ''
  if (typeof answer === 'string') {
    const { stream } = await model.doStream(request)
    const inputs = new ToolInputs()
    for await (const part of stream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'finish') text += writer.finish(part.finishReason.unified, used(part.usage))
      else for (const whole of inputs.take(part)) text += writer.push(whole)
    }
  } else {
    const { content, finishReason, usage } = await model.doGenerate(request)
    for (const part of partsOf(content)) writer.push(part)
    writer.finish(finishReason.unified, used(usage))
  }
  return { sent, path, text, whole: writer.whole() as Body }
}

/** The events of a provider as a translated request reads them. */
function* completed(into: ProviderFormat, chunks: readonly Buffer[]): Generator<Buffer> {
  const [reader, complete] = [
    new EventReader(),
    eventCompleter(into === 'google' ? 'package' : into),
  ]
  for (const chunk of chunks)
    for (const piece of reader.push(chunk)) yield completedBytes(piece, complete)
  const last = reader.end()
  if (last !== undefined) yield completedBytes(last, complete)
}

/** The smallest request of each protocol. */
export const ASKS: Readonly<Record<SpokenProtocol, Body>> = {
  chat: { messages: [{ role: 'user', content: 'Hi' }] },
  responses: { input: 'Hi' },
  messages: { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100 },
}
/** The tool of each protocol. */
export const TOOLS: Readonly<Record<SpokenProtocol, Body>> = {
  chat: { tools: [{ type: 'function', function: { name: 'weather', parameters: schema } }] },
  responses: { tools: [{ type: 'function', name: 'weather', parameters: schema }] },
  messages: { tools: [{ name: 'weather', input_schema: schema }] },
}
