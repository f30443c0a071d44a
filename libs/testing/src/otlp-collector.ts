import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as the collector received it. */
export interface CollectedSpan {
  /** `service.name` of the process. */
  readonly service: string
  readonly name: string
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface OtlpCollector extends AsyncDisposable {
  /** For `telemetry.traces.endpoint`. */
  readonly endpoint: string
  readonly spans: readonly CollectedSpan[]
  /** The bodies of all requests, one after the other. */
  readonly received: string
  /** The headers of the last request. */
  readonly headers: Readonly<Record<string, unknown>>
  /** What it does with requests. `silent`: it never answers. */
  mode: 'takes' | 'refuses' | 'silent'
  /** Forgets what it has received. */
  clear(): void
}

interface OtlpValue {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly doubleValue?: number
  readonly boolValue?: boolean
}
type OtlpAttributes = readonly { readonly key: string; readonly value: OtlpValue }[]

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpAttributes }
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string
        readonly kind: number
        readonly traceId: string
        readonly spanId: string
        readonly parentSpanId?: string
        readonly startTimeUnixNano: string
        readonly endTimeUnixNano: string
        readonly attributes: OtlpAttributes
        readonly status?: { readonly code?: number }
      }[]
    }[]
  }[]
}

/** A collector of OTLP over HTTP, as JSON, on a port of this machine. Keeps everything. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  let spans: CollectedSpan[] = []
  let received = ''
  let headers: Readonly<Record<string, unknown>> = {}
  const collector = { mode: 'takes' as OtlpCollector['mode'] }
  const server = createServer((request, response) => {
    void (async () => {
      const text = await bodyOf(request)
      headers = request.headers
      if (collector.mode === 'silent') return
      if (collector.mode === 'takes') {
        received += text
        spans = [...spans, ...spansOf(JSON.parse(text) as OtlpBody)]
      }
      answer(response, collector.mode === 'takes' ? 200 : 400)
    })().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.defineProperties(collector, {
    endpoint: { value: `http://127.0.0.1:${port}/v1/traces` },
    spans: { get: () => spans },
    received: { get: () => received },
    headers: { get: () => headers },
    clear: {
      value: () => {
        spans = []
        received = ''
      },
    },
    [Symbol.asyncDispose]: {
      value: async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    },
  }) as unknown as OtlpCollector
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
}

function spansOf({ resourceSpans }: OtlpBody): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(membersOf(resource.attributes)['service.name'])
    return scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        service,
        name: span.name,
        kind: span.kind,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        startedAtMs: msOf(span.startTimeUnixNano),
        endedAtMs: msOf(span.endTimeUnixNano),
        failed: span.status?.code === 2,
        attributes: membersOf(span.attributes),
      })),
    )
  })
}

/** Rounded to microseconds: the SDK counts in floating point. */
function msOf(nanoseconds: string): number {
  return Math.round(Number(nanoseconds) / 1000) / 1000
}

function membersOf(attributes: OtlpAttributes): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.boolValue ??
        value.doubleValue ??
        (value.intValue === undefined ? undefined : Number(value.intValue)),
    ]),
  )
}
