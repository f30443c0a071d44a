import type { LanguageModelV4FunctionTool, LanguageModelV4ProviderTool } from '@ai-sdk/provider'
import { sha256Hex } from '@alkdev/crypto'
import { compact } from '@alkdev/std'
import { listOf, member } from '../usage/usage.ts'
import { functionTool, inputFrom, textIn, untranslatable } from './reading.ts'

/** Characters of a name of a tool that every provider takes. */
const MAX_NAME = 64
const HASH_CHARACTERS = 8
/** Tools that the provider runs and that clients offer with each request. A request is answered without them. */
const LEFT_OUT = /^(?:web_search.*|image_generation|tool_search)$/

/** A tool as a client of the Responses API names it. */
export interface ClientTool {
  readonly name: string
  readonly namespace?: string
  /** A custom tool takes a text, not JSON. */
  readonly isCustom: boolean
}

/**
 * The tools of a request for a response, for a provider of another protocol, which knows neither namespaces nor custom tools: a tool of a
 * namespace is `NAMESPACE__NAME`, a custom tool takes its text as the member `input`. Tools that the provider
 * would have to run itself and that clients always offer (`web_search`) stay what they are, and the AI SDK leaves them out with a warning. Source: the types of `openai` 7.59.0.
 */
export class ResponsesTools {
  readonly all: readonly (LanguageModelV4FunctionTool | LanguageModelV4ProviderTool)[]
  readonly #byName = new Map<string, ClientTool>()

  /** Throws VALIDATION_ERROR for a tool without a name, two tools of one name, and other tools of the provider. */
  constructor(tools: unknown) {
    this.all = listOf(tools).flatMap((tool) => {
      const type = member(tool, 'type')
      if (type !== 'namespace') return [this.#read(tool)]
      const namespace = textIn(tool, 'name') ?? ''
      return listOf(member(tool, 'tools')).map((inner) => this.#read(inner, namespace))
    })
  }

  /** The tool that the provider knows under this name. */
  find(name: string): ClientTool {
    return this.#byName.get(name) ?? { name, isCustom: false }
  }

  #read(
    tool: unknown,
    namespace?: string,
  ): LanguageModelV4FunctionTool | LanguageModelV4ProviderTool {
    const type = member(tool, 'type')
    if (type === 'function') {
      const name = this.#add({ name: textIn(tool, 'name') ?? '', isCustom: false }, namespace)
      const description = member(tool, 'description')
      const schema = member(tool, 'parameters')
      return functionTool({ name, description, schema, strict: member(tool, 'strict') }, 'tools')
    }
    if (type === 'custom') {
      const name = this.#add({ name: textIn(tool, 'name') ?? '', isCustom: true }, namespace)
      const description = customDescription(tool)
      return functionTool({ name, description, schema: CUSTOM_SCHEMA, strict: undefined }, 'tools')
    }
    if (typeof type !== 'string' || namespace !== undefined || !LEFT_OUT.test(type))
      throw untranslatable('tools', `The tool ${JSON.stringify(type)}`)
    return { type: 'provider', id: `openai.${type}`, name: type, args: {} }
  }

  #add(tool: Omit<ClientTool, 'namespace'>, namespace: string | undefined): string {
    const name = providerName(tool.name, namespace)
    if (this.#byName.has(name)) throw untranslatable('tools', `A second tool of the name ${name}`)
    this.#byName.set(name, { ...tool, ...compact({ namespace }) })
    return name
  }
}

const CUSTOM_SCHEMA = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
}

function customDescription(tool: unknown): string {
  const format = member(tool, 'format')
  const grammar = textIn(format, 'definition')
  return [
    textIn(tool, 'description') ?? '',
    grammar === undefined
      ? ''
      : `The input follows this grammar (${textIn(format, 'syntax') ?? 'lark'}):\n${grammar}`,
  ]
    .filter((line) => line !== '')
    .join('\n\n')
}

/** The name of a tool for a provider without namespaces. A long name ends with a hash of the whole. */
export function providerName(name: string, namespace: string | undefined): string {
  if (namespace === undefined || name === '') return name
  const whole = `${namespace}__${name}`
  if (whole.length <= MAX_NAME) return whole
  return `${whole.slice(0, MAX_NAME - HASH_CHARACTERS - 1)}_${sha256Hex(whole).slice(0, HASH_CHARACTERS)}`
}

/** The text for a custom tool from the arguments that a model gave; arguments of another form are the text themselves. */
export function customInput(given: string): string {
  const input = member(inputFrom(given), 'input')
  return typeof input === 'string' ? input : given
}
