import { fetch } from 'undici'
import type { AddressPolicy } from './address-policy.ts'
import { createOutboundAgent } from './outbound-agent.ts'

/** Milliseconds for one document. */
const READ_MS = 5000
const MAX_BYTES = 256 * 1024

export interface JsonReader {
  /** The JSON object at the address. Follows no redirect. Rejects with an Error that says why: also after 5 s, and beyond 256 KiB. */
  read(url: string): Promise<Readonly<Record<string, unknown>>>
  /** Ends the requests that run. */
  close(): Promise<void>
}

/** Reads small JSON documents of outside services. */
export function createJsonReader(policy: AddressPolicy): JsonReader {
  const agent = createOutboundAgent(policy, {
    connectTimeoutMs: READ_MS,
    headersTimeoutMs: READ_MS,
    bodyTimeoutMs: READ_MS,
  })
  return {
    async read(url) {
      const response = await fetch(url, {
        dispatcher: agent,
        redirect: 'manual',
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(READ_MS),
      })
      if (!response.ok) {
        await response.body?.cancel()
        throw new Error(`it answers HTTP ${response.status}`)
      }
      const pieces: Uint8Array[] = []
      let bytes = 0
      for await (const piece of response.body ?? []) {
        bytes += piece.byteLength
        if (bytes > MAX_BYTES) throw new Error(`it answers with more than ${MAX_BYTES} bytes`)
        pieces.push(piece)
      }
      return objectOf(Buffer.concat(pieces).toString())
    },
    close: () => agent.destroy(),
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The same error as for an answer of another form.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new Error('it answers with something else than a JSON object')
}
