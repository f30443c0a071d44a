import type { FlagSpec } from '../../command.ts'

/** What is not secret about a provider of models. */
export const providerFlags = {
  url: {
    type: 'string',
    value: 'URL',
    summary: 'Where its API begins, with the version: `https://api.example.com/v1`.',
  },
  model: {
    type: 'string',
    value: 'MODEL',
    multiple: true,
    summary: 'A model it offers; several times for several (default: the provider is asked).',
  },
  protocol: {
    type: 'string',
    value: 'NAME',
    summary: 'What it speaks: openai, which is the default and the only one for now.',
  },
  'timeout-ms': { type: 'string', value: 'N', summary: 'Milliseconds for one request to it.' },
} as const satisfies Record<string, FlagSpec>
