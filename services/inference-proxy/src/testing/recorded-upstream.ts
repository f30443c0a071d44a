import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Handler } from './test-upstream.ts'

/** A request that a provider got. */
export interface RecordedRequest {
  readonly method: string
  /** Below the base URL. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A provider that remembers its requests and answers as the test says. */
export class RecordedUpstream {
  readonly requests: RecordedRequest[] = []
  /** What it does next; every request until it is changed. */
  answer: Handler = (answer) => sendJson(answer, {})

  /** For `TestUpstream.serve`. */
  readonly handle: Handler = (answer, request) => {
    this.requests.push({
      method: request.method ?? '',
      path: (request.url ?? '').replace(/^\/\d+\/v1\//, ''),
      headers: request.headers,
      text: request.text ?? '',
    })
    this.answer(answer, request)
  }

  get last(): RecordedRequest | undefined {
    return this.requests.at(-1)
  }
}

export function sendJson(answer: ServerResponse, body: unknown, status = 200): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Events with their names in the field `event`, as Anthropic and OpenAI's responses write them. */
export function namedEvents(...events: readonly { readonly type: string }[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}

/** Sends an event stream, whole. */
export function sendEvents(answer: ServerResponse, text: string): void {
  answer.writeHead(200, { 'content-type': 'text/event-stream' }).end(text)
}
