import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sleep } from '@alkdev/std'
import { streamEvents, WIRE_OF_PATH, wholeAnswer } from './wire-formats.ts'
import type { Tokens, Wire } from './wire-formats.ts'

/**
 * What the provider does with a request. `busy`: refuses the first request of a call and answers the next one. `silent`: reports no usage.
 * `cut`: closes the connection after half of the text.
 */
export type Act = 'answer' | 'silent' | 'busy' | 'refuse' | 'cut'

/** One request that arrived. */
export interface JournalEntry {
  readonly act: Act
  readonly wire: Wire
  readonly tokens: Tokens
  /** In which it says that it served the request; undefined if it does not say. */
  readonly tier: string | undefined
  /** HTTP status of the answer; undefined while none was sent. */
  status: number | undefined
  /** Its usage left the provider. */
  isReported: boolean
  /** A message reported its input when it began. */
  isStarted: boolean
  /** Bytes of the text that left the provider. */
  textBytes: number
}

/** The header by which the provider knows the call: `<number>.<act>`. */
export const CALL_HEADER = 'x-client-request-id'

export interface JournalUpstream extends AsyncDisposable {
  readonly url: string
  /** The requests of each call, by its number, in the order of their arrival. */
  readonly journal: ReadonlyMap<number, readonly JournalEntry[]>
}

/** A provider that keeps a journal, and misbehaves as the header of the call says. */
export async function startJournalUpstream(): Promise<JournalUpstream> {
  const journal = new Map<number, JournalEntry[]>()
  const server = createServer((request, response) => void answer(request, response, journal))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    journal,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What a request of a call costs: a function of its number. */
function tokensOf(n: number, wire: Wire): Tokens {
  return {
    input: 20 + (n % 50),
    cacheRead: n % 3 === 0 && wire !== 'embeddings' ? n % 17 : 0,
    cacheWrite: n % 4 === 0 && wire === 'messages' ? n % 13 : 0,
    output: wire === 'embeddings' ? 0 : 1 + (n % 9),
  }
}

const TIERS = [undefined, 'default', 'flex', 'priority'] as const
const MESSAGE_TIERS = [undefined, 'standard', 'batch', 'priority'] as const

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  journal: Map<number, JournalEntry[]>,
): Promise<void> {
  response.on('error', () => undefined)
  const [number = '', act = ''] = String(request.headers[CALL_HEADER]).split('.')
  const wire = WIRE_OF_PATH[(request.url ?? '').replace('/v1/', '')]
  if (wire === undefined) return void response.writeHead(404).end()
  const n = Number(number)
  const known = journal.get(n) ?? []
  const entry: JournalEntry = {
    act: act === 'busy' && known.length > 0 ? 'answer' : (act as Act),
    wire,
    tokens: tokensOf(n, wire),
    tier: (wire === 'messages' ? MESSAGE_TIERS : TIERS)[n % 4],
    status: undefined,
    isReported: false,
    isStarted: false,
    textBytes: 0,
  }
  journal.set(n, [...known, entry])
  let text = ''
  try {
    for await (const part of request) text += String(part)
  } catch {
    return
  }
  await sleep(n % 20)
  const { stream } = JSON.parse(text) as { stream?: boolean }
  if (response.destroyed) return
  if (entry.act === 'busy' || entry.act === 'refuse') {
    entry.status = 503
    return void response.writeHead(503).end()
  }
  entry.status = 200
  await (stream === true ? sendStream(response, entry) : sendWhole(response, entry))
}

function sendWhole(response: ServerResponse, entry: JournalEntry): void {
  const text = 'words '.repeat(entry.tokens.output)
  entry.isReported = entry.act === 'answer'
  entry.textBytes = entry.wire === 'embeddings' ? 0 : text.length
  const body = wholeAnswer(
    entry.wire,
    text,
    entry.isReported ? entry.tokens : undefined,
    entry.tier,
  )
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function sendStream(response: ServerResponse, entry: JournalEntry): Promise<void> {
  const { act, wire, tokens, tier } = entry
  entry.isStarted = act !== 'silent' && wire === 'messages'
  const events = streamEvents(wire, entry.isStarted ? { ...tokens, output: 1 } : undefined, tier)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(events.head)
  let text = ''
  // More text than the tokens: an estimate and the reported count never agree by chance.
  const pieces = tokens.output * 2
  for (let at = 0; at < (act === 'cut' ? pieces / 2 : pieces); at++) {
    if (response.destroyed) return
    response.write(events.piece('words '))
    text += 'words '
    entry.textBytes = text.length
    // oxlint-disable-next-line no-await-in-loop -- one piece after the other
    await sleep(2)
  }
  if (response.destroyed) return
  if (act === 'cut') return void response.destroy()
  entry.isReported = act === 'answer'
  response.end(events.tail(text, entry.isReported ? tokens : undefined))
}
