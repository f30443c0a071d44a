import type { Endpoint } from './endpoint.ts'

/** The addresses below `/v1` that send requests to models. */
export const ENDPOINTS: readonly Endpoint[] = [
  { path: 'chat/completions', protocol: 'chat', list: 'messages' },
  { path: 'completions', protocol: 'completions' },
  { path: 'embeddings', protocol: 'embeddings' },
  { path: 'responses', protocol: 'responses' },
  { path: 'responses/input_tokens', protocol: 'responses', isFree: true },
  { path: 'responses/compact', protocol: 'responses', isNative: true },
  { path: 'messages', protocol: 'messages', list: 'messages' },
  { path: 'messages/count_tokens', protocol: 'messages', list: 'messages', isFree: true },
]
