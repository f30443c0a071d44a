import { compact } from '@alkdev/std'
import { countOf, listOf, member } from '../usage/usage.ts'

/** A model as a provider lists it. */
export interface ListedModel {
  /** What the provider calls it. */
  readonly id: string
  /** For people. */
  readonly name?: string
  /** Seconds since 1970. */
  readonly created?: number
  /** Tokens of input and output together. */
  readonly contextWindow?: number
  readonly maxOutputTokens?: number
  readonly inputModalities?: readonly string[]
  readonly outputModalities?: readonly string[]
}

const MAX_ID_CHARACTERS = 256
const MAX_NAME_CHARACTERS = 256
const MAX_MODALITIES = 10
/** How providers name the window of a model: OpenRouter and Together, Groq, vLLM, Mistral, Anthropic, Google. */
const WINDOWS = [
  'context_length',
  'context_window',
  'max_model_len',
  'max_context_length',
  'max_input_tokens',
  'inputTokenLimit',
]
const OUTPUTS = ['max_output_tokens', 'max_completion_tokens', 'max_tokens', 'outputTokenLimit']

/** The models of a list: `{data: [...]}`, `{models: [...]}`, or the list itself. Entries without an id are left out. */
export function readModelList(answer: unknown, most: number): ListedModel[] {
  const list = [member(answer, 'data'), member(answer, 'models'), answer].find(Array.isArray)
  return listOf(list).flatMap(readModel).slice(0, most)
}

function readModel(entry: unknown): ListedModel[] {
  const id = idOf(entry)
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_CHARACTERS) return []
  const architecture = member(entry, 'architecture')
  const names = ['display_name', 'displayName', 'name'].map((one) => member(entry, one))
  const name = names.find((one): one is string => typeof one === 'string' && one !== '')
  return [
    {
      id,
      ...compact({
        name: name?.slice(0, MAX_NAME_CHARACTERS),
        created: createdOf(entry),
        contextWindow: firstCount(entry, WINDOWS),
        maxOutputTokens:
          countOf(entry, 'top_provider', 'max_completion_tokens') || firstCount(entry, OUTPUTS),
        inputModalities: words(
          member(entry, 'input_modalities') ?? member(architecture, 'input_modalities'),
        ),
        outputModalities: words(
          member(entry, 'output_modalities') ?? member(architecture, 'output_modalities'),
        ),
      }),
    },
  ]
}

/** Google names a model `models/ID`. */
function idOf(entry: unknown): unknown {
  const [id, name] = [member(entry, 'id'), member(entry, 'name')]
  return id ?? (typeof name === 'string' ? /^models\/(.+)$/.exec(name)?.[1] : undefined)
}

function createdOf(entry: unknown): number | undefined {
  const seconds = member(entry, 'created')
  if (typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 0) return seconds
  const text = member(entry, 'created_at')
  const at = Date.parse(typeof text === 'string' ? text : '')
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000)
}

function firstCount(entry: unknown, names: readonly string[]): number | undefined {
  for (const name of names) {
    const count = countOf(entry, name)
    if (count !== undefined && count > 0) return count
  }
  return undefined
}

function words(value: unknown): string[] | undefined {
  const found = listOf(value).filter((one) => typeof one === 'string' && one.length <= 32)
  return found.length === 0 ? undefined : (found.slice(0, MAX_MODALITIES) as string[])
}
