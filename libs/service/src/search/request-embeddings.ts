import type { Bus } from '@alkdev/bus'
import type { Secret } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { httpFetch } from '@alkdev/std/fetch'
import { vectorOf } from './vector.ts'
import type { Vector } from './vector.ts'

/** Of an answer: 64 embeddings of 8,192 numbers with 20 digits each. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const MAX_MESSAGE = 300

/** One vector for each text, in their order. Rejects with a CodedError, or with the reason of the signal. */
export type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<readonly Vector[]>

export interface EmbeddingModel {
  /** `provider/model` */
  readonly model: string
  /** API key of this hub. */
  readonly key: Secret
}

/** Embeddings of a model, by `POST /v1/embeddings` at an inference proxy of the hub: under the limits, the budgets and the ledger of the key. */
export function embeddingsOf(bus: Pick<Bus, 'instances'>, { model, key }: EmbeddingModel): Embed {
  return async (texts, signal) => {
    const response = await httpFetch(`${proxyUrl(bus)}/v1/embeddings`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key.reveal()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ model, input: texts, encoding_format: 'float' }),
      signal,
    })
    const text = await bodyOf(response)
    if (!response.ok)
      throw failed(`The inference proxy answers ${response.status}: ${text.slice(0, MAX_MESSAGE)}`)
    return vectorsIn(text, texts.length)
  }
}

function proxyUrl(bus: Pick<Bus, 'instances'>): string {
  const proxies = bus.instances('inference-proxy').filter(({ draining }) => !draining)
  const picked = proxies.toSorted((a, b) => a.load - b.load)[0]
  if (picked === undefined) throw failed('No inference proxy is running.')
  return picked.url
}

async function bodyOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw failed('The answer is too large.')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

/** The vectors of an answer in the format of OpenAI: each item has the index of its text, and they may be in any order. */
export function vectorsIn(text: string, count: number): readonly Vector[] {
  const vectors: (Vector | undefined)[] = Array.from({ length: count })
  for (const [place, item] of itemsOf(text).entries()) {
    const { embedding, index = place } = (item ?? {}) as {
      readonly embedding?: unknown
      readonly index?: unknown
    }
    if (typeof index !== 'number' || !Array.isArray(embedding)) continue
    if (index >= 0 && index < count) vectors[index] = vectorOf(embedding)
  }
  return vectors.map((vector) => {
    if (vector === undefined) throw failed('The answer does not have an embedding for each text.')
    return vector
  })
}

function itemsOf(text: string): readonly unknown[] {
  try {
    const { data } = JSON.parse(text) as { readonly data?: unknown }
    if (Array.isArray(data)) return data
  } catch {
    // The same error as for an answer of another form.
  }
  throw failed('The answer has no embeddings.')
}

function failed(message: string): CodedError {
  return new CodedError('UNAVAILABLE', message)
}
