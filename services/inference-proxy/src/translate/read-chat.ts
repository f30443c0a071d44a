import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider'
import { compact } from '@alkdev/std'
import { listOf, member } from '../usage/usage.ts'
import {
  effortFrom,
  fileFrom,
  fileOf,
  functionTool,
  googleSigned,
  inputFrom,
  jsonFormat,
  numberIn,
  textIn,
  textsIn,
  untranslatable,
} from './reading.ts'
import type { Message, ModelRequest, ToolChoice } from './reading.ts'

type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart

/** Reads a chat completion request. Throws VALIDATION_ERROR for what has no counterpart. Source: the types of `openai` 7.59.0. */
export function readChat(body: Readonly<Record<string, unknown>>): ModelRequest {
  for (const name of ['functions', 'audio', 'modalities', 'web_search_options', 'prediction'])
    if (body[name] !== undefined && body[name] !== null) throw untranslatable(name, name)
  if (typeof body['n'] === 'number' && body['n'] > 1) throw untranslatable('n', 'n over 1')
  const tools = listOf(body['tools']).map(readTool)
  const parallel = body['parallel_tool_calls']
  return {
    prompt: readMessages(listOf(body['messages'])),
    ...(tools.length > 0 && { tools }),
    ...(parallel === false && {
      providerOptions: {
        openai: { parallelToolCalls: false },
        anthropic: { disableParallelToolUse: true },
      },
    }),
    ...compact({
      toolChoice: readToolChoice(body['tool_choice']),
      maxOutputTokens: numberIn(body, 'max_completion_tokens', 'max_tokens'),
      temperature: numberIn(body, 'temperature'),
      topP: numberIn(body, 'top_p'),
      seed: numberIn(body, 'seed'),
      presencePenalty: numberIn(body, 'presence_penalty'),
      frequencyPenalty: numberIn(body, 'frequency_penalty'),
      stopSequences: textsIn(body, 'stop'),
      reasoning: effortFrom(textIn(body, 'reasoning_effort')),
      responseFormat: readFormat(body['response_format']),
    }),
  }
}

function readFormat(format: unknown): ModelRequest['responseFormat'] {
  const type = member(format, 'type')
  if (type === 'json_object') return jsonFormat(undefined)
  if (type !== 'json_schema') return undefined
  const schema = member(format, 'json_schema')
  return jsonFormat(member(schema, 'schema'), textIn(schema, 'name'), textIn(schema, 'description'))
}

function readTool(tool: unknown) {
  if (member(tool, 'type') !== 'function')
    throw untranslatable('tools', 'A tool that is no function')
  const made = member(tool, 'function')
  return functionTool(
    {
      name: member(made, 'name'),
      description: member(made, 'description'),
      schema: member(made, 'parameters'),
      strict: member(made, 'strict'),
    },
    'tools',
  )
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  const toolName = member(member(choice, 'function'), 'name')
  if (typeof toolName === 'string') return { type: 'tool', toolName }
  if (choice === undefined || choice === null) return undefined
  throw untranslatable('tool_choice', 'This tool_choice')
}

function readMessages(messages: readonly unknown[]): Message[] {
  const names = new Map<string, string>()
  return messages.map((message): Message => {
    const content = member(message, 'content')
    switch (member(message, 'role')) {
      case 'system':
      case 'developer':
        return { role: 'system', content: textOf(content) }
      case 'user':
        return { role: 'user', content: userParts(content) }
      case 'assistant':
        return readAssistant(message, names)
      case 'tool': {
        const toolCallId = textIn(message, 'tool_call_id') ?? ''
        const toolName = names.get(toolCallId) ?? ''
        const output = { type: 'text' as const, value: textOf(content) }
        return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] }
      }
      default:
        throw untranslatable('messages', 'A message with this role')
    }
  })
}

function readAssistant(message: unknown, names: Map<string, string>): Message {
  const text = textOf(member(message, 'content')) || (textIn(message, 'refusal') ?? '')
  const calls = listOf(member(message, 'tool_calls')).map((call) => {
    const made = member(call, 'function')
    const [toolCallId, toolName] = [textIn(call, 'id') ?? '', textIn(made, 'name') ?? '']
    names.set(toolCallId, toolName)
    const signature = textIn(member(member(call, 'extra_content'), 'google'), 'thought_signature')
    return {
      type: 'tool-call' as const,
      toolCallId,
      toolName,
      input: inputFrom(textIn(made, 'arguments') ?? ''),
      ...(signature !== undefined && { providerOptions: googleSigned(signature) }),
    }
  })
  return {
    role: 'assistant',
    content: [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...calls],
  }
}

/** The text of a content that is a text or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => textIn(part, 'text') ?? textIn(part, 'refusal') ?? '')
    .join('')
}

function userParts(content: unknown): UserPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return listOf(content).map((part): UserPart => {
    const cacheControl = member(part, 'cache_control')
    const cached = cacheControl !== undefined && {
      providerOptions: { anthropic: { cacheControl: cacheControl as never } },
    }
    switch (member(part, 'type')) {
      case 'text':
        return { type: 'text', text: textIn(part, 'text') ?? '', ...cached }
      case 'image_url':
        return {
          ...fileFrom(textIn(member(part, 'image_url'), 'url') ?? '', 'messages', 'image/*'),
          ...cached,
        }
      case 'input_audio': {
        const audio = member(part, 'input_audio')
        return fileOf(textIn(audio, 'data') ?? '', `audio/${textIn(audio, 'format') ?? 'wav'}`)
      }
      case 'file': {
        const file = member(part, 'file')
        const data = textIn(file, 'file_data')
        if (data === undefined) throw untranslatable('messages', 'A file without its data')
        return fileFrom(data, 'messages', 'application/pdf', textIn(file, 'filename'))
      }
      default:
        throw untranslatable('messages', 'A part of this type')
    }
  })
}
