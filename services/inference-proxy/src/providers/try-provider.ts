import type { ProviderTrial } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { compact, parseJson } from '@alkdev/std'
import { request } from 'undici'
import type { ProxyContext } from '../context.ts'
import { checkAnswer } from '../relay/check-answer.ts'
import { decodedBody, wholeBody } from '../relay/decoded-body.ts'
import { refusedAnswer } from '../relay/refused-answer.ts'
import { badAnswer, connectionError, UpstreamError } from '../relay/upstream-error.ts'
import { serves } from '../routing/candidate.ts'
import { headersOf, isAskedByPackage, packageHeadersOf, scrubberOf, urlOf } from './provider.ts'
import type { Provider } from './provider.ts'

const ASK_MS = 20_000
const MAX_ANSWER_BYTES = 1024 * 1024

/** What came of one key. */
export type KeyTrial = Omit<ProviderTrial['keys'][number], 'key'> & {
  readonly models: readonly string[]
}

/** The smallest request of each protocol. */
const SMALLEST = [
  [
    'chat',
    'chat/completions',
    (model: string) => ({ model, max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }),
  ],
  [
    'messages',
    'messages',
    (model: string) => ({ model, max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }),
  ],
  [
    'responses',
    'responses',
    (model: string) => ({ model, max_output_tokens: 16, store: false, input: 'Hi' }),
  ],
  ['completions', 'completions', (model: string) => ({ model, max_tokens: 1, prompt: 'Hi' })],
  ['embeddings', 'embeddings', (model: string) => ({ model, input: 'Hi' })],
] as const

/** Failures after which the first thing to look at is the address. */
const UNREACHED: ReadonlySet<string> = new Set(['PROVIDER_UNAVAILABLE', 'TIMEOUT'])

/** Reads the list of models with the present key of the provider, and asks `model` for one token if it is given. Never rejects. */
export async function tryProvider(
  context: ProxyContext,
  provider: Provider,
  model: string | undefined,
): Promise<KeyTrial> {
  const startedAt = performance.now()
  const took = (): number => Math.round(performance.now() - startedAt)
  let models: readonly string[] = []
  try {
    // A provider whose models are in its config may have no list.
    if (provider.config.models === undefined || model === undefined)
      models = (await context.models.ask(provider)).map(({ id }) => id)
    if (model !== undefined) await askModel(context, provider, model)
    return { ok: true, durationMs: took(), status: 200, models }
  } catch (thrown) {
    const error = thrown instanceof CodedError ? thrown : asError(thrown, provider.name)
    const status =
      error instanceof UpstreamError && !error.isLocal ? error.upstreamStatus : undefined
    return {
      ok: false,
      durationMs: took(),
      ...compact({ status }),
      error: { code: error.code, message: messageOf(error, provider) },
      models,
    }
  }
}

function messageOf(error: CodedError, { config }: Provider): string {
  if (error instanceof UpstreamError && UNREACHED.has(error.code)) {
    const { origin, pathname } = new URL(config.baseUrl)
    return `${error.message} Its address is ${origin}${pathname}.`
  }
  const own = error instanceof UpstreamError ? error.body : undefined
  const { error: inner } = (own ?? {}) as { error?: { message?: unknown } }
  return typeof inner?.message === 'string'
    ? `${error.message} ${inner.message.slice(0, 500)}`
    : error.message
}

function asError(thrown: unknown, name: string): CodedError {
  const { code } = thrown as { readonly code?: unknown }
  const isConnection = typeof code === 'string' || (thrown as Error).name === 'TimeoutError'
  return isConnection
    ? connectionError(thrown, name)
    : new CodedError(
        'UPSTREAM_BAD_ANSWER',
        `The provider ${name} did not answer with a list of models.`,
      )
}

async function askModel(context: ProxyContext, provider: Provider, model: string): Promise<void> {
  if (isAskedByPackage(provider)) {
    await askThroughPackage(context, provider, model)
    return
  }
  const { agent } = context
  const smallest = SMALLEST.find(([protocol]) => serves(provider, protocol))
  if (smallest === undefined) return
  const [, path, bodyOf] = smallest
  const answer = await request(urlOf(provider, path), {
    method: 'POST',
    dispatcher: agent,
    headers: { ...headersOf(provider), 'content-type': 'application/json' },
    body: JSON.stringify(bodyOf(model)),
    signal: AbortSignal.timeout(ASK_MS),
  })
  try {
    if (answer.statusCode !== 200) throw await refusedAnswer(provider, answer, scrubberOf(provider))
    const decoded = decodedBody(answer)
    const bytes = decoded && (await wholeBody(decoded, MAX_ANSWER_BYTES))
    checkAnswer(provider, jsonOf(provider, bytes))
  } finally {
    answer.body.on('error', () => undefined).destroy()
  }
}

/** Throws UpstreamError for an answer that is not valid JSON, or is longer than a token can be. */
function jsonOf({ name }: Provider, bytes: Buffer | undefined): unknown {
  try {
    return parseJson(bytes?.toString() ?? '')
  } catch {
    throw badAnswer(name, 'answered with something else than JSON')
  }
}

/** The smallest request in a format that only a package of the AI SDK writes. */
async function askThroughPackage(
  { agent, relay: { packages } }: ProxyContext,
  provider: Provider,
  model: string,
): Promise<void> {
  const [{ sdkModel }, { bodyWithin }] = await Promise.all([
    import('../translate/translation.ts'),
    import('../translate/upstream-fetch.ts'),
  ])
  let failure: Error | undefined
  const ask: typeof globalThis.fetch = async (url, init) => {
    try {
      const address = typeof url === 'object' && 'url' in url ? url.url : url.toString()
      const written = packageHeadersOf(provider, new Headers(init?.headers))
      const answer = await request(address, {
        method: 'POST',
        dispatcher: agent,
        headers: { ...written, 'content-type': 'application/json' },
        body: bodyWithin(provider, address, init),
        signal: AbortSignal.timeout(ASK_MS),
      })
      if (answer.statusCode !== 200)
        throw await refusedAnswer(provider, answer, scrubberOf(provider))
      const bytes = await wholeBody(answer.body, MAX_ANSWER_BYTES)
      answer.body.on('error', () => undefined).destroy()
      return new Response(scrubberOf(provider).text(bytes?.toString() ?? ''), {
        headers: { 'content-type': 'application/json' },
      })
    } catch (error) {
      failure = error as Error
      throw error
    }
  }
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }]
  try {
    const sdk = sdkModel(provider, 'package', model, ask, packages)
    await sdk.doGenerate({ prompt, maxOutputTokens: 1 })
  } catch (error) {
    throw failure ?? asPackageError(error, provider.name)
  }
}

function asPackageError(error: unknown, name: string): CodedError {
  if (error instanceof CodedError) return error
  return badAnswer(name, 'answered in another form than its package reads', error)
}
