import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4FunctionTool,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider'
import { CodedError } from '@alkdev/errors'
import { compact, parseJson } from '@alkdev/std'
import { member } from '../usage/usage.ts'

/** A request in the form in which the AI SDK takes it. */
export type ModelRequest = Omit<LanguageModelV4CallOptions, 'abortSignal' | 'headers'>
export type ToolChoice = NonNullable<LanguageModelV4CallOptions['toolChoice']>
export type Message = LanguageModelV4CallOptions['prompt'][number]
export type Reasoning = LanguageModelV4CallOptions['reasoning']

/** Something of a request has no counterpart in the protocol of the provider: VALIDATION_ERROR that names it. */
export function untranslatable(param: string, what: string): CodedError {
  return new CodedError(
    'VALIDATION_ERROR',
    `${what} cannot be translated for this provider, which serves another protocol.`,
    { details: { param } },
  )
}

export function textIn(value: unknown, name: string): string | undefined {
  const found = member(value, name)
  return typeof found === 'string' ? found : undefined
}

export function numberIn(value: unknown, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const found = member(value, name)
    if (typeof found === 'number') return found
  }
  return undefined
}

export function textsIn(value: unknown, name: string): string[] | undefined {
  const found = member(value, name)
  if (typeof found === 'string') return [found]
  if (!Array.isArray(found)) return undefined
  return found.filter((one): one is string => typeof one === 'string')
}

/** A file from its address: `data:...;base64,...`, or a URL that the provider reads. */
export function fileFrom(
  address: string,
  param: string,
  mediaType: string,
  filename?: string,
): LanguageModelV4FilePart {
  const inline = /^data:([^;,]{0,128})(?:;[^;,]{0,128}){0,4};base64,/.exec(address)
  if (inline !== null)
    return fileOf(address.slice(inline[0].length), inline[1] || mediaType, filename)
  if (!URL.canParse(address)) throw untranslatable(param, 'An address that is not a URL')
  const url = new URL(address)
  return { type: 'file', data: { type: 'url', url }, mediaType, ...compact({ filename }) }
}

/** A file from its base64. */
export function fileOf(
  data: string,
  mediaType: string,
  filename?: string,
): LanguageModelV4FilePart {
  return { type: 'file', data: { type: 'data', data }, mediaType, ...compact({ filename }) }
}

/** The input of a tool call from its text; a text that is not JSON stays one. */
export function inputFrom(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return parseJson(text)
  } catch {
    return text
  }
}

/** A tool that the client runs. */
export function functionTool(
  {
    name,
    description,
    schema,
    strict,
  }: {
    readonly name: unknown
    readonly description: unknown
    readonly schema: unknown
    readonly strict: unknown
  },
  param: string,
): LanguageModelV4FunctionTool {
  if (typeof name !== 'string' || name === '') throw untranslatable(param, 'A tool without a name')
  const given =
    typeof schema === 'object' && schema !== null ? schema : { type: 'object', properties: {} }
  return {
    type: 'function',
    name,
    inputSchema: given as LanguageModelV4FunctionTool['inputSchema'],
    ...compact({
      description: typeof description === 'string' ? description : undefined,
      strict: typeof strict === 'boolean' ? strict : undefined,
    }),
  }
}

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** How much a model thinks, as OpenAI names it. */
export function effortFrom(text: string | undefined): Reasoning {
  return EFFORTS.find((one) => one === text)
}

/** The schema that an answer must fit, or any JSON. */
export function jsonFormat(
  schema: unknown,
  name?: string,
  description?: string,
): ModelRequest['responseFormat'] {
  const given = typeof schema === 'object' && schema !== null ? (schema as never) : undefined
  return { type: 'json', ...compact({ schema: given, name, description }) }
}

const PREFIX = 'alkhub-'

/**
 * Reasoning that one provider signed or encrypted travels through the other protocol as an opaque text that names its maker, so that it comes
 * back to the same provider and to no other.
 */
export function sealedReasoning(
  maker: 'anthropic' | 'anthropic-redacted' | 'google' | 'openai',
  text: string,
  id = '',
): string {
  return `${PREFIX}${maker}:${id}:${text}`
}

/** Reads what `sealedReasoning` made; undefined for any other text. */
export function openReasoning(
  text: string | undefined,
): { readonly maker: string; readonly id: string; readonly text: string } | undefined {
  const found = /^alkhub-(anthropic|anthropic-redacted|google|openai):([A-Za-z0-9_-]{0,256}):/.exec(
    text ?? '',
  )
  if (found === null || text === undefined) return undefined
  const [whole, maker = '', id = ''] = found
  return { maker, id, text: text.slice(whole.length) }
}

/** The options of a part that Google signed. */
export function googleSigned(thoughtSignature: string): SharedV4ProviderOptions {
  return { google: { thoughtSignature } }
}

type AssistantContent = Extract<Message, { role: 'assistant' }>['content']

/** A signature of Google that came without a thought is that of the tool call behind it (`callSealOf`). */
export function signedCalls(parts: AssistantContent): AssistantContent {
  let signed: SharedV4ProviderOptions | undefined
  return parts.flatMap((part): AssistantContent => {
    if (
      part.type === 'reasoning' &&
      part.text === '' &&
      part.providerOptions?.['google'] !== undefined
    ) {
      signed = part.providerOptions
      return []
    }
    if (part.type !== 'tool-call' || signed === undefined) return [part]
    const providerOptions = signed
    signed = undefined
    return [{ ...part, providerOptions }]
  })
}
