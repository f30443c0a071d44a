import type { FlagSpec } from '../../command.ts'

/** The flags of a model provider that are not secret. */
export const providerFlags = {
  url: {
    type: 'string',
    value: 'URL',
    summary: 'Base URL of its API, with the version: `https://api.example.com/v1`.',
  },
  model: {
    type: 'string',
    value: 'MODEL',
    multiple: true,
    summary: 'A model that it offers; may be repeated (default: the provider is asked).',
  },
  protocol: {
    type: 'string',
    value: 'NAME',
    summary: 'Its protocol: openai (default), anthropic, google or package.',
  },
  package: {
    type: 'string',
    value: 'NAME',
    summary:
      'With the protocol package: the package of the AI SDK that it is asked through, as the operator named it in inference.packages.',
  },
  endpoint: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    summary:
      'What it serves: chat, completions, embeddings, responses or messages; may be repeated.',
  },
  path: {
    type: 'string',
    value: 'PATH',
    multiple: true,
    summary:
      'A further path of it that may be requested through /v1, such as `moderations` or `files/*`; may be repeated.',
  },
  'forward-header': {
    type: 'string',
    value: 'NAME',
    multiple: true,
    summary:
      'A further header of requests that it gets, such as `openai-organization`; may be repeated.',
  },
  'key-weight': {
    type: 'string',
    value: 'KEY=N',
    multiple: true,
    summary:
      'Share of the requests that one of its API keys gets; 0: only when no other works; may be repeated.',
  },
  'repair-tool-calls': {
    type: 'boolean',
    summary: 'Repair the indices of tool calls in its streams, which some servers repeat or omit.',
  },
  'timeout-ms': { type: 'string', value: 'N', summary: 'Milliseconds for one request to it.' },
} as const satisfies Record<string, FlagSpec>
