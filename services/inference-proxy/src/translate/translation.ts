import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { ModelProtocol } from '@alkdev/contracts'
import { UpstreamError } from '../relay/upstream-error.ts'
import { KEY_PLACE } from '../providers/provider.ts'
import type { Provider } from '../providers/provider.ts'
import { must } from '@alkdev/std'
import { member } from '../usage/usage.ts'
import type { AnswerFacts, AnswerWriter } from './answer-writer.ts'
import type { AskedProtocol } from './translated-into.ts'
import { readChat } from './read-chat.ts'
import { readMessages } from './read-messages.ts'
import { readResponses } from './read-responses.ts'
import type { Message, ModelRequest } from './reading.ts'
import { ResponsesTools } from './responses-tools.ts'
import type { SdkPackages } from './sdk-packages.ts'
import { ChatWriter } from './write-chat.ts'
import { MessagesWriter } from './write-messages.ts'
import { ResponsesWriter } from './write-responses.ts'

/** A name of a model that a package of the AI SDK may write into an address as it is. */
const ADDRESSABLE = /^[A-Za-z0-9][\w.:@-]*(?:\/[A-Za-z0-9][\w.:@-]*)*$/

/** Reads the request of a client. Throws VALIDATION_ERROR for what has no counterpart. */
export function readRequest(
  protocol: ModelProtocol,
  body: Readonly<Record<string, unknown>>,
): ModelRequest {
  if (protocol === 'messages') return readMessages(body)
  return protocol === 'responses' ? readResponses(body) : readChat(body)
}

export function writerFor(
  protocol: ModelProtocol,
  facts: AnswerFacts,
  body: Readonly<Record<string, unknown>>,
): AnswerWriter {
  if (protocol === 'messages') return new MessagesWriter(facts)
  if (protocol === 'responses') return new ResponsesWriter(facts, new ResponsesTools(body['tools']))
  return new ChatWriter(facts, member(body['stream_options'], 'include_usage') === true)
}

/**
 * A model of the AI SDK whose requests `fetch` sends. It gets no key: `fetch` adds the key of the provider. Throws UpstreamError when the
 * provider needs a package that is not there, and for a name that its package cannot put into an address.
 */
export function sdkModel(
  { config, name }: Provider,
  protocol: AskedProtocol,
  model: string,
  fetch: typeof globalThis.fetch,
  packages?: SdkPackages,
): LanguageModelV4 {
  // Without a key the SDK would read the environment.
  const options = { apiKey: KEY_PLACE, baseURL: config.baseUrl.replace(/\/+$/, ''), fetch }
  if (protocol === 'package') {
    if (!ADDRESSABLE.test(model))
      throw new UpstreamError(
        'VALIDATION_ERROR',
        'The name of the model has characters that cannot stand in an address.',
        { status: 400, next: 'target', isLocal: true },
      )
    if (config.protocol === 'google') return createGoogle(options)(model)
    return must(packages).model(config.package ?? '', model, { ...options, name })
  }
  if (protocol === 'messages') return createAnthropic(options)(model)
  if (protocol === 'responses') return createOpenAI(options).responses(model)
  return createOpenAICompatible({
    ...options,
    name,
    includeUsage: config.streamUsage !== false,
    supportsStructuredOutputs: true,
  }).chatModel(model)
}

/** The request as the AI SDK sends it: nothing is stored, and reasoning comes with its encrypted form. */
export function sdkRequest(request: ModelRequest, outputLimit: number | undefined): ModelRequest {
  const { providerOptions, maxOutputTokens } = request
  const limit = outputLimit ?? maxOutputTokens
  return {
    ...request,
    prompt: withJoinedResults(request.prompt),
    ...(limit !== undefined && { maxOutputTokens: limit }),
    providerOptions: {
      ...providerOptions,
      openai: { ...providerOptions?.['openai'], store: false, strictJsonSchema: true },
      // Gemini shows its thoughts only when it is asked to.
      ...(request.reasoning !== undefined &&
        request.reasoning !== 'none' && { google: { thinkingConfig: { includeThoughts: true } } }),
    },
  }
}

/** The results of one round of tools in one message: Google refuses a round whose results come in several. */
function withJoinedResults(prompt: readonly Message[]): Message[] {
  const joined: Message[] = []
  for (const message of prompt) {
    const last = joined.at(-1)
    if (message.role === 'tool' && last?.role === 'tool')
      joined[joined.length - 1] = { ...last, content: [...last.content, ...message.content] }
    else joined.push(message)
  }
  return joined
}
