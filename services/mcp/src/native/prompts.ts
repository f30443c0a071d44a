import type { OperationSpec, ResponseEnvelope } from '@alkdev/operations'
import { parseJson } from '@alkdev/std'
import { isSpecType } from '@modelcontextprotocol/server'
import type { GetPromptResult, Prompt, PromptMessage } from '@modelcontextprotocol/server'
import { membersOf } from '../protocol/members-of.ts'

type Fields = Readonly<Record<string, unknown>>

/** The prompt that stands for an operation: the members of its input are the arguments. */
export function promptOf(name: string, spec: OperationSpec): Prompt {
  const { properties, required } = membersOf(spec.inputSchema)
  const names = Array.isArray(required) ? required : []
  return {
    name,
    ...(spec.title !== undefined && { title: spec.title }),
    description: spec.description,
    arguments: Object.entries(membersOf(properties)).map(([argument, schema]) => {
      const { description } = membersOf(schema)
      return {
        name: argument,
        ...(typeof description === 'string' && { description }),
        required: names.includes(argument),
      }
    }),
  }
}

/** The arguments of a prompt, which are texts, as the input of its operation: numbers and booleans where the schema has them. */
export function inputOfArguments(
  spec: OperationSpec,
  given: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const properties = membersOf(membersOf(spec.inputSchema)['properties'])
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, valueOf(membersOf(properties[name]), text)]),
  )
}

/**
 * The answer of an operation as a prompt: messages as they are, content blocks as one message of the user each, and anything else as a
 * message with its text, or its JSON.
 */
export function promptResult({ data, meta }: ResponseEnvelope): GetPromptResult {
  if (isSpecType.GetPromptResult(data)) return data
  if (meta.source === 'mcp')
    return { messages: meta.content.map((content) => message(content as PromptMessage['content'])) }
  const text = typeof data === 'string' ? data : (JSON.stringify(data) ?? 'null')
  return { messages: [message({ type: 'text', text })] }
}

function message(content: PromptMessage['content']): PromptMessage {
  return { role: 'user', content }
}

function valueOf({ type }: Fields, text: string): unknown {
  if (type !== 'integer' && type !== 'number' && type !== 'boolean') return text
  try {
    const value = parseJson(text)
    return typeof value === (type === 'boolean' ? 'boolean' : 'number') ? value : text
  } catch {
    return text
  }
}
