import { Agent, fetch as undiciFetch } from 'undici'

/** Milliseconds for a connection, TLS included. */
const CONNECT_MS = 10_000
/** Milliseconds until an answer begins: longer than the longest call of the hub. The caller's signal ends a request sooner. */
const HEADERS_MS = 660_000
/** Milliseconds between two pieces of an answer. */
const BODY_MS = 300_000

const dispatcher = new Agent({
  connect: { timeout: CONNECT_MS },
  headersTimeout: HEADERS_MS,
  bodyTimeout: BODY_MS,
  allowH2: false,
})

/**
 * `fetch` as the standard has it, over the undici of the package registry. The one inside Node 24 ends the process when a server closes the connection at the end of a
 * compressed answer (nodejs/undici#5360), so nothing here uses that one. A `FormData` body must be encoded before; see `encodedForm`.
 */
export const httpFetch = ((input: never, init?: object) =>
  undiciFetch(input, { dispatcher, ...init })) as unknown as typeof globalThis.fetch

/** A form as bytes with its `content-type`, boundary included: the same for every implementation of `fetch`. */
export async function encodedForm(
  form: FormData,
): Promise<{ readonly contentType: string; readonly body: ArrayBuffer }> {
  const encoded = new Response(form)
  return {
    contentType: encoded.headers.get('content-type') ?? 'multipart/form-data',
    body: await encoded.arrayBuffer(),
  }
}
