import { query, subscription, Type } from '@alkdev/spoke'
import type { SpokeOperation } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import { PNG } from './content-operations.ts'

type Fields = Readonly<Record<string, unknown>>

function prompt(
  name: string,
  given: readonly string[],
  show: (input: Fields) => unknown,
): SpokeOperation {
  return query(
    {
      id: `conformance.${name}`,
      description: `The prompt test_${name} of the conformance suite.`,
      input: {
        type: 'object',
        properties: Object.fromEntries(given.map((one) => [one, { type: 'string' }])),
        required: [...given],
      },
      output: {},
      _meta: { mcp: { prompt: `test_${name}` } },
    },
    (input) => show(input as Fields),
  )
}

function resource(name: string, mcp: Fields, show: (input: Fields) => unknown): SpokeOperation {
  return query(
    {
      id: `conformance.${name}`,
      description: `The resource ${name} of the conformance suite.`,
      input: { type: 'object' },
      output: {},
      _meta: { mcp },
    },
    (input) => show(input as Fields),
  )
}

const message = (content: Fields): Fields => ({ role: 'user', content })
const text = (value: string): Fields => message({ type: 'text', text: value })

/** Prompts, resources and completions. */
export const catalogOperations: readonly SpokeOperation[] = [
  prompt('simple_prompt', [], () => 'This is a simple prompt for testing.'),
  prompt(
    'prompt_with_arguments',
    ['arg1', 'arg2'],
    ({ arg1, arg2 }) => `Prompt with arguments: arg1='${String(arg1)}', arg2='${String(arg2)}'`,
  ),
  prompt('prompt_with_embedded_resource', ['resourceUri'], ({ resourceUri }) => ({
    messages: [
      message({
        type: 'resource',
        resource: {
          uri: resourceUri,
          mimeType: 'text/plain',
          text: 'Embedded resource content for testing.',
        },
      }),
      text('Please process the embedded resource above.'),
    ],
  })),
  prompt('prompt_with_image', [], () => ({
    messages: [
      message({ type: 'image', data: PNG, mimeType: 'image/png' }),
      text('Please analyze the image above.'),
    ],
  })),
  query(
    {
      id: 'conformance.complete_arguments',
      description: 'Completes the arguments of test_prompt_with_arguments.',
      input: Type.Object({ name: Type.String(), value: Type.String(), arguments: Type.Object({}) }),
      output: {},
      _meta: { mcp: { completes: 'test_prompt_with_arguments' } },
    },
    ({ value }) => ['test-one', 'test-two', 'other'].filter((one) => one.startsWith(value)),
  ),
  resource(
    'static_text',
    { resource: 'test://static-text', mimeType: 'text/plain' },
    () => 'This is the content of the static text resource.',
  ),
  resource('static_binary', { resource: 'test://static-binary', mimeType: 'image/png' }, () => ({
    contents: [{ uri: 'test://static-binary', mimeType: 'image/png', blob: PNG }],
  })),
  resource(
    'template',
    { template: 'test://template/{id}/data', mimeType: 'application/json' },
    ({ id }) => ({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
  ),
  resource(
    'watched',
    {
      resource: 'test://watched-resource',
      mimeType: 'text/plain',
      changes: 'conformance.watched_changes',
    },
    () => 'A resource that changes.',
  ),
  subscription(
    {
      id: 'conformance.watched_changes',
      description: 'The changes of test://watched-resource.',
      input: Type.Object({}),
      output: {},
    },
    async function* (_input, { signal }) {
      for (;;) {
        await sleep(50, signal)
        yield {}
      }
    },
  ),
]
