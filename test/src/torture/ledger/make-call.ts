import { must, sleep } from '@alkdev/std'
import type { Random } from '../random.ts'
import { CALL_HEADER } from './journal-upstream.ts'
import type { Act } from './journal-upstream.ts'
import { textBytesOf } from './wire-formats.ts'
import type { Wire } from './wire-formats.ts'

/** A call as its client saw it. */
export interface ClientCall {
  readonly number: number
  readonly wire: Wire
  /** `provider/model`, which no other call names. */
  readonly model: string
  readonly act: Act
  readonly bodyBytes: number
  /** The place of the proxy that was asked. */
  readonly proxy: number
  /** Milliseconds, as `performance.now()`. */
  readonly startedAt: number
  readonly endedAt: number
  /** The client did not wait for the end. */
  readonly hasLeft: boolean
  /** The answer came to its end. */
  readonly isWhole: boolean
  /** The answer says that it is not whole. */
  readonly isCut: boolean
  readonly status: number | undefined
  readonly id: string | undefined
  /** The cost that the answer states. */
  readonly costMicros: number | undefined
  /** Bytes of the text of a stream. */
  readonly textBytes: number
}

/** What is called: the protocol of the client, the provider, and whether as a stream. `claude` serves messages only, `acme` all others. */
const SHAPES: readonly (readonly [wire: Wire, provider: string, stream: boolean])[] = [
  ['chat', 'acme', false],
  ['chat', 'acme', true],
  ['chat', 'acme', true],
  ['responses', 'acme', false],
  ['responses', 'acme', true],
  ['messages', 'claude', false],
  ['messages', 'claude', true],
  ['completions', 'acme', false],
  ['embeddings', 'acme', false],
  // Translated.
  ['chat', 'claude', false],
  ['chat', 'claude', true],
  ['messages', 'acme', true],
  ['responses', 'claude', true],
]
const ACTS: readonly Act[] = ['answer', 'answer', 'answer', 'silent', 'busy', 'refuse', 'cut']

const PATHS: Readonly<Record<Wire, string>> = {
  chat: 'chat/completions',
  completions: 'completions',
  embeddings: 'embeddings',
  responses: 'responses',
  messages: 'messages',
}

/** The tier that a call asks for, by its number. */
export function askedTier(wire: Wire, number: number): { readonly service_tier?: string } {
  const tiers =
    wire === 'messages'
      ? [undefined, 'auto', 'standard_only']
      : [undefined, 'auto', 'default', 'flex', 'priority']
  const tier = wire === 'embeddings' ? undefined : tiers[Math.floor(number / 4) % tiers.length]
  return tier === undefined ? {} : { service_tier: tier }
}

function bodyOf(wire: Wire, model: string, number: number, stream: boolean): string {
  const content = `call ${number} ${'x'.repeat(number % 200)}`
  const messages = [{ role: 'user', content }]
  const streamed = { ...(stream && { stream }), ...askedTier(wire, number) }
  if (wire === 'embeddings') return JSON.stringify({ model, input: content })
  if (wire === 'completions')
    return JSON.stringify({ model, prompt: content, max_tokens: 50, ...streamed })
  if (wire === 'responses')
    return JSON.stringify({ model, input: content, max_output_tokens: 50, ...streamed })
  return JSON.stringify({ model, messages, max_tokens: 50, ...streamed })
}

export interface CallInput {
  readonly urls: readonly string[]
  readonly key: string
  readonly number: number
  readonly random: Random
}

/** Makes one call of a shape, with an act of the provider and a patience that are drawn. Every tenth client leaves early. */
export async function makeCall({ urls, key, number, random }: CallInput): Promise<ClientCall> {
  const [wire, provider, stream] = must(SHAPES[random.between(0, SHAPES.length - 1)])
  const drawn = must(ACTS[random.between(0, ACTS.length - 1)])
  const act = isPossible(drawn, wire, provider, stream) ? drawn : 'answer'
  const model = `${provider}/m.${number}`
  const body = bodyOf(wire, model, number, stream)
  const leaves = random.between(0, 9) === 0
  const signal = AbortSignal.timeout(leaves ? random.between(1, 60) : 30_000)
  for (;;) {
    const proxy = random.between(0, urls.length - 1)
    const startedAt = performance.now()
    const seen: Seen = { text: '', status: undefined, id: undefined, cost: undefined }
    let failure: unknown
    try {
      // oxlint-disable-next-line no-await-in-loop -- one proxy after the other
      const response = await fetch(`${urls[proxy]}/v1/${PATHS[wire]}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          [CALL_HEADER]: `${number}.${act}`,
        },
        body,
        signal,
      })
      // oxlint-disable-next-line no-await-in-loop
      await read(response, seen)
    } catch (error) {
      failure = error
      if (wasNotSent(error)) {
        // The proxy was killed and is not up again. Nothing was sent: another one is asked.
        // oxlint-disable-next-line no-await-in-loop
        await sleep(20)
        continue
      }
    }
    return {
      number,
      wire,
      model,
      act,
      bodyBytes: Buffer.byteLength(body),
      proxy,
      startedAt,
      endedAt: performance.now(),
      hasLeft: signal.aborted && failure !== undefined,
      isWhole: failure === undefined,
      isCut: failure !== undefined || /"upstream_truncated"|event: error/.test(seen.text),
      status: seen.status,
      id: seen.id,
      costMicros: seen.cost,
      textBytes: stream ? textBytesOf(seen.text) : 0,
    }
  }
}

/** A whole answer is not cut, for it has one piece; the AI SDK takes no message without usage. */
function isPossible(act: Act, wire: Wire, provider: string, stream: boolean): boolean {
  if (act === 'cut') return stream
  return act !== 'silent' || provider !== 'claude' || wire === 'messages'
}

interface Seen {
  text: string
  status: number | undefined
  id: string | undefined
  cost: number | undefined
}

async function read(response: Response, seen: Seen): Promise<void> {
  seen.status = response.status
  seen.id = response.headers.get('x-request-id') ?? undefined
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? [])
      seen.text += decoder.decode(chunk as Uint8Array, { stream: true })
  } finally {
    const cost =
      response.headers.get('x-alkhub-cost-micros') ?? /"costMicros":(\d+)/.exec(seen.text)?.[1]
    if (cost !== undefined && cost !== null) seen.cost = Number(cost)
  }
}

function wasNotSent(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: string } }
  return cause?.code === 'ECONNREFUSED'
}
