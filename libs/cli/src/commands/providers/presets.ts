import type { LlmProviderConfig } from '@alkdev/contracts'

/** A known provider: its config, and whether it needs an API key. */
export interface ProviderPreset {
  readonly config: LlmProviderConfig
  readonly needsKey: boolean
}

const CHAT = ['chat', 'embeddings'] as const

/** A provider that speaks OpenAI's API. */
function openai(
  baseUrl: string,
  more: Partial<LlmProviderConfig> = {},
  needsKey = true,
): ProviderPreset {
  return { config: { baseUrl, endpoints: [...CHAT], ...more }, needsKey }
}

/** Known providers by the name under which they are usually added. Addresses and endpoints are those of their documentation in 2026. */
export const PROVIDER_PRESETS: Readonly<Record<string, ProviderPreset>> = {
  openai: openai('https://api.openai.com/v1', {
    endpoints: ['chat', 'completions', 'embeddings', 'responses'],
    paths: ['moderations', 'images/*', 'audio/*', 'files', 'files/*', 'batches', 'batches/*'],
  }),
  anthropic: {
    config: { baseUrl: 'https://api.anthropic.com/v1', protocol: 'anthropic' },
    needsKey: true,
  },
  google: {
    config: { baseUrl: 'https://generativelanguage.googleapis.com/v1beta', protocol: 'google' },
    needsKey: true,
  },
  'google-openai': openai('https://generativelanguage.googleapis.com/v1beta/openai'),
  openrouter: openai('https://openrouter.ai/api/v1', {
    endpoints: ['chat', 'completions', 'embeddings', 'responses'],
  }),
  mistral: openai('https://api.mistral.ai/v1', { paths: ['moderations', 'audio/*'] }),
  groq: openai('https://api.groq.com/openai/v1', {
    endpoints: ['chat', 'responses'],
    paths: ['audio/*'],
  }),
  deepseek: openai('https://api.deepseek.com/v1', { endpoints: ['chat'] }),
  xai: openai('https://api.x.ai/v1', { endpoints: ['chat', 'responses'] }),
  together: openai('https://api.together.xyz/v1', {
    endpoints: ['chat', 'completions', 'embeddings'],
    paths: ['rerank', 'images/*'],
  }),
  fireworks: openai('https://api.fireworks.ai/inference/v1', {
    endpoints: ['chat', 'completions', 'embeddings', 'responses'],
  }),
  cerebras: openai('https://api.cerebras.ai/v1', { endpoints: ['chat'] }),
  ollama: openai(
    'http://127.0.0.1:11434/v1',
    { endpoints: ['chat', 'completions', 'embeddings'] },
    false,
  ),
  lmstudio: openai(
    'http://127.0.0.1:1234/v1',
    { endpoints: ['chat', 'completions', 'embeddings', 'responses'] },
    false,
  ),
  vllm: openai(
    'http://127.0.0.1:8000/v1',
    { endpoints: ['chat', 'completions', 'embeddings', 'responses'], paths: ['rerank'] },
    false,
  ),
}
