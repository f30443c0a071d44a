import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { READERS } from './sealing-readers.ts'
import { SIGNED, WIRES } from './sealing-wires.ts'
import type { Read, Said, Wire } from './sealing-wires.ts'
import { WRITERS } from './sealing-writers.ts'

/** A request that the model got, as far as tests look at it. */
export interface SealedRequest {
  readonly wire: Wire
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  readonly body: any
  readonly prompt: string
  /** Answers of the model since the prompt: 0 for the first step of the turn. */
  readonly round: number
  /** Seals that came back with it. */
  readonly seals: readonly string[]
  /** Why it was refused. */
  readonly refusal?: string
}

/** A provider that seals its reasoning and takes no other back. */
export interface SealingModel extends AsyncDisposable {
  /** Base URL for a provider that serves this wire format. */
  urlOf(wire: Wire): string
  readonly requests: readonly SealedRequest[]
  /** Seals made so far are not its own any more, as after a change of its keys. */
  forget(): void
  /** The next answer to this prompt in this round stops in its middle, until its reader leaves. */
  holdAt(prompt: string, round: number): void
  isHeld(prompt: string): boolean
}

/** Rounds of tools before the answer, and calls of a round. */
const ROUNDS = 2
const CALLS = 2
/** With what a conversation that was summarised begins. */
const SUMMARY = /^Summary of the conversation so far/

/**
 * Starts a provider in the wire formats of Anthropic's messages, OpenAI's responses, chat completions with Google's signatures, and Gemini. Each prompt is answered
 * with two rounds of thoughts with two parallel calls of an operation, and then with thoughts and a text. A request that brings a seal which was changed or is of another
 * provider is refused, and one whose rounds since the prompt miss theirs. A prompt `seal of N` gets seals of N characters, one that begins with `broken` calls
 * whose arguments are cut off. Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking, the
 * guide to reasoning of OpenAI's API, https://ai.google.dev/gemini-api/docs/thought-signatures.
 */
export async function startSealingModel(name: string, operationId: string): Promise<SealingModel> {
  const requests: SealedRequest[] = []
  const made = new Map<string, string>()
  let isStrict = true
  let count = 0
  const holds = new Set<string>()
  const held = new Set<string>()
  const say = ({ prompt, sincePrompt: round, hasTools }: Read): Said => {
    if (!hasTools) return { thought: '', seal: '', text: 'Nothing of use.', calls: [] }
    count += 1
    // The second thought is hidden.
    const thought = round === 1 ? '' : `Thought ${count} of ${name}. It is long enough.`
    const characters = Number(/^seal of (\d+)$/.exec(prompt)?.[1] ?? 0)
    const digest = createHash('sha256').update(`${name} ${count}`).digest('base64')
    const seal = digest.padStart(characters, 'A')
    made.set(seal, thought)
    if (round >= ROUNDS) return { thought, seal, text: `${name} is done.`, calls: [] }
    const input = { prompt: SUMMARY.test(prompt) ? 'small' : prompt.slice(0, 100) }
    const whole = JSON.stringify({ operationId, input })
    const args = prompt.startsWith('broken') && round === 0 ? whole.slice(0, -5) : whole
    const calls = Array.from({ length: CALLS }, (_, at) => ({ id: `made_${count}_${at}`, args }))
    return { thought, seal, text: round === 0 ? 'I look.' : '', calls }
  }
  const refusalOf = ({ rounds, sincePrompt }: Read): string | undefined => {
    for (const { seals } of rounds)
      for (const { seal, text } of seals)
        if (!made.has(seal) || (text !== SIGNED && made.get(seal) !== text))
          return `Invalid signature in thinking: ${seal.slice(0, 8)}`
    if (rounds.some(({ isMalformed }) => isMalformed))
      return 'The input of a call is not an object.'
    const latest = sincePrompt === 0 ? [] : rounds.slice(-sincePrompt)
    const isMissing = isStrict && latest.some((one) => one.calls > 0 && one.seals.length === 0)
    return isMissing ? 'A thinking block or thought_signature is missing.' : undefined
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = ''
    for await (const part of request) text += String(part)
    const wire = WIRES.find((one) => request.url?.startsWith(`/${one}/`) === true) ?? 'chat'
    if (request.method === 'GET')
      return void response
        .setHeader('content-type', 'application/json')
        .end('{"data":[{"id":"gpt-5"}]}')
    const body = JSON.parse(text)
    const read = READERS[wire](body)
    const refusal = refusalOf(read)
    const seals = read.rounds.flatMap((one) => one.seals.map(({ seal }) => seal))
    const { prompt, sincePrompt: round } = read
    requests.push({ wire, body, prompt, round, seals, ...(refusal !== undefined && { refusal }) })
    if (refusal !== undefined) {
      const error = { type: 'invalid_request_error', message: refusal, code: 'invalid_value' }
      response.writeHead(400, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ type: 'error', error }))
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    const events = WRITERS[wire](say(read))
    const key = `${prompt} ${round}`
    for (const [at, event] of events.entries()) {
      if (holds.has(key) && at === Math.floor(events.length / 2)) {
        holds.delete(key)
        held.add(prompt)
        // oxlint-disable-next-line no-await-in-loop -- in the middle of the answer
        await once(response, 'close')
        held.delete(prompt)
      }
      response.write(event)
    }
    response.end()
  }
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    requests,
    urlOf: (wire) => `http://127.0.0.1:${port}/${wire}/v1`,
    forget() {
      made.clear()
      isStrict = false
    },
    holdAt: (prompt, round) => void holds.add(`${prompt} ${round}`),
    isHeld: (prompt) => held.has(prompt),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
