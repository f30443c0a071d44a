import { CodedError, query, Type } from '@alkdev/spoke'
import type { SpokeContext, SpokeOperation } from '@alkdev/spoke'
import { content } from './content-operations.ts'

type Fields = Readonly<Record<string, unknown>>

/** What a client can do, and what it answered: `metadata.mcp` of a call. */
interface Client {
  readonly capabilities: Fields
  readonly answers: Readonly<Record<string, Fields | undefined>>
  readonly state: unknown
}

function clientOf({ metadata }: SpokeContext): Client {
  const { capabilities, inputResponses, requestState } = (metadata?.['mcp'] ?? {}) as Fields
  return {
    capabilities: (capabilities ?? {}) as Fields,
    answers: (inputResponses ?? {}) as Client['answers'],
    state: requestState,
  }
}

/** Ends the call: the client must answer first. */
function ask(inputRequests: Fields, requestState?: unknown): never {
  throw new CodedError('INPUT_REQUIRED', 'The client must answer first.', {
    details: { inputRequests, ...(requestState !== undefined && { requestState }) },
  })
}

export function elicit(
  message: string,
  properties: Fields,
  required = Object.keys(properties),
): Fields {
  return {
    method: 'elicitation/create',
    params: { message, requestedSchema: { type: 'object', properties, required } },
  }
}

function sample(text: string, maxTokens = 100): Fields {
  return {
    method: 'sampling/createMessage',
    params: { messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens },
  }
}

const roots: Fields = { method: 'roots/list', params: {} }
const string = { type: 'string' }
const named = elicit('What is your name?', { name: string })

/** The accepted content of an answer. */
function accepted(answer: Fields | undefined): Fields | undefined {
  return answer?.['action'] === 'accept' ? ((answer['content'] ?? {}) as Fields) : undefined
}

const text = (value: string): unknown => content({ type: 'text', text: value })

function tool(
  name: string,
  run: (client: Client, input: Fields) => unknown,
  input: Fields = {},
): SpokeOperation {
  return query(
    {
      id: `conformance.${name}`,
      description: `The tool test_${name} of the conformance suite.`,
      input: { type: 'object', properties: input, required: Object.keys(input) },
      output: {},
      _meta: { mcp: { tool: `test_${name}` } },
    },
    (given, context) => run(clientOf(context), given as Fields),
  )
}

/** A tool with one question: `show` makes the result of its answer. */
function asking(
  name: string,
  question: (input: Fields) => Fields,
  show: (answer: Fields) => string,
  input: Fields = {},
): SpokeOperation {
  return tool(
    name,
    ({ answers }, given) => {
      const { answer } = answers
      return answer === undefined ? ask({ answer: question(given) }) : text(show(answer))
    },
    input,
  )
}

const completed = (answer: Fields): string =>
  `Elicitation completed: action=${String(answer['action'])}, content=${JSON.stringify(answer['content'])}`

const titled = (prefix: string): readonly Fields[] =>
  ['First', 'Second', 'Third'].map((name, index) => ({
    const: `value${index + 1}`,
    title: `${name} ${prefix}`,
  }))
const options = ['option1', 'option2', 'option3']

/** Tools that ask the client for the answer of a person, for a message of its model, or for its roots. */
export const askingOperations: readonly SpokeOperation[] = [
  asking(
    'sampling',
    ({ prompt }) => sample(String(prompt)),
    (answer) => `LLM response: ${JSON.stringify(answer['content'])}`,
    { prompt: string },
  ),
  asking(
    'elicitation',
    ({ message }) => elicit(String(message), { username: string, email: string }),
    (answer) => `User response: ${JSON.stringify(answer)}`,
    { message: string },
  ),
  asking(
    'elicitation_sep1034_defaults',
    () =>
      elicit(
        'Please review',
        {
          name: { type: 'string', default: 'John Doe' },
          age: { type: 'integer', default: 30 },
          score: { type: 'number', default: 95.5 },
          status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
          verified: { type: 'boolean', default: true },
        },
        [],
      ),
    completed,
  ),
  asking(
    'elicitation_sep1330_enums',
    () =>
      elicit(
        'Please choose',
        {
          untitledSingle: { type: 'string', enum: options },
          titledSingle: { type: 'string', oneOf: titled('Option') },
          legacyEnum: {
            type: 'string',
            enum: ['opt1', 'opt2', 'opt3'],
            enumNames: ['Option One', 'Option Two', 'Option Three'],
          },
          untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
          titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
        },
        [],
      ),
    completed,
  ),
  asking('streaming_elicitation', () => named, completed),
  asking(
    'missing_capability',
    () => sample('Say something'),
    (answer) => JSON.stringify(answer),
  ),
  tool('input_required_result_elicitation', ({ answers }) => {
    const given = accepted(answers['user_name'])
    if (typeof given?.['name'] !== 'string') return ask({ user_name: named })
    return text(`Hello, ${given['name']}!`)
  }),
  tool('input_required_result_sampling', ({ answers }) => {
    const answer = answers['capital_question']
    if (answer === undefined)
      return ask({ capital_question: sample('What is the capital of France?') })
    return text(JSON.stringify(answer['content']))
  }),
  tool('input_required_result_list_roots', ({ answers }) => {
    const answer = answers['client_roots']
    return answer === undefined
      ? ask({ client_roots: roots })
      : text(JSON.stringify(answer['roots']))
  }),
  tool('input_required_result_request_state', ({ answers, state }) => {
    const given = accepted(answers['confirm'])
    if (given === undefined || state === undefined)
      return ask({ confirm: elicit('Please confirm', { ok: { type: 'boolean' } }) }, { step: 1 })
    return text(`state-ok ${JSON.stringify(state)}`)
  }),
  tool('input_required_result_tampered_state', ({ answers, state }) => {
    if (accepted(answers['confirm']) === undefined || state === undefined)
      return ask({ confirm: elicit('Please confirm', { ok: { type: 'boolean' } }) }, { step: 1 })
    return text('confirmed')
  }),
  tool('input_required_result_multiple_inputs', ({ answers }) => {
    const { user_name: name, greeting, client_roots: given } = answers
    if (name !== undefined && greeting !== undefined && given !== undefined)
      return text(JSON.stringify(answers))
    const requests = { user_name: named, greeting: sample('Generate a greeting', 50) }
    return ask({ ...requests, client_roots: roots }, { step: 1 })
  }),
  tool('input_required_result_multi_round', ({ answers, state }) => {
    const { name, step } = (state ?? {}) as Fields
    if (step === 2) {
      const color = accepted(answers['step2'])?.['color']
      if (typeof color === 'string') return text(`${String(name)} likes ${color}.`)
    }
    const given = accepted(answers['step1'])?.['name']
    if (typeof given !== 'string')
      return ask({ step1: elicit('Step 1: What is your name?', { name: string }) }, { step: 1 })
    const second = elicit('Step 2: What is your favorite color?', { color: string })
    return ask({ step2: second }, { step: 2, name: given })
  }),
  tool('input_required_result_capabilities', ({ answers, capabilities }) => {
    if (Object.keys(answers).length > 0) return text(JSON.stringify(answers))
    return ask({
      ...(capabilities['elicitation'] !== undefined && { user_name: named }),
      ...(capabilities['sampling'] !== undefined && { greeting: sample('Generate a greeting') }),
    })
  }),
  query(
    {
      id: 'conformance.input_required_result_prompt',
      description: 'The prompt test_input_required_result_prompt of the conformance suite.',
      input: Type.Object({}),
      output: {},
      _meta: { mcp: { prompt: 'test_input_required_result_prompt' } },
    },
    (_input, context): unknown => {
      const given = accepted(clientOf(context).answers['user_context'])
      if (given !== undefined) return `Prompt with the context ${String(given['context'])}`
      return ask({
        user_context: elicit('What context should the prompt use?', { context: string }),
      })
    },
  ),
]
