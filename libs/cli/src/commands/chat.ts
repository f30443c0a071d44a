import { OperatorError } from '@alkdev/errors'
import { SSEParser } from '@alkdev/operations/sse'
import { compact } from '@alkdev/std'
import type { Command, Io, Parsed } from '../command.ts'
import { HubProblemError, UsageError } from '../failure.ts'
import type { HubProblem } from '../failure.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import { dollars } from '../input/money.ts'
import { readStdin } from '../input/read-stdin.ts'
import { safeText, say, sayJson } from '../say.ts'

const MAX_EVENT_CHARS = 16 * 1024 * 1024
const MAX_PROMPT_BYTES = 4 * 1024 * 1024
const NOTICE = /^: alkhub-cost (\{.*\})$/m

interface Notice {
  readonly callId: string
  readonly costMicros: number | null
  readonly usageSource: string
  readonly inputTokens: number
  readonly outputTokens: number
}

interface Answer {
  text: string
  notice: Notice | undefined
}

/** `alkhub chat` */
export const chat: Command = {
  usage: 'MODEL [PROMPT]',
  summary:
    'Sends one prompt to a model and shows the answer as it comes, then its tokens and its cost. Without a prompt, or with `-`, it is read from standard input. `alkhub call inference.models` lists the models.',
  flags: {
    ...hubFlags,
    system: { type: 'string', value: 'TEXT', summary: 'A system message.' },
    'max-tokens': { type: 'string', value: 'N', summary: 'Tokens of the answer, at most.' },
  },
  maxPositionals: 2,
  async run(args, io) {
    const [model, given] = args.positionals
    if (model === undefined)
      throw new UsageError('Which model?', 'Name it as provider/model, or an alias.')
    const prompt = given === undefined || given === '-' ? await promptFrom(io, model) : given
    if (prompt.trim() === '')
      throw new UsageError(
        `There is no prompt for the model \`${model}\`.`,
        'Give it behind the model, or on standard input.',
      )
    const hub = await HubClient.from(args, io)
    const isJson = args.flag('json')
    const answer = await ask(hub, bodyOf(args, model, prompt), io, isJson)
    if (isJson) sayJson(io.stdout, { model, text: answer.text, ...answer.notice })
    else {
      if (!answer.text.endsWith('\n')) io.stdout.write('\n')
      if (answer.notice) say(io.stderr, noticeText(answer.notice))
    }
    return 0
  },
}

function bodyOf(args: Parsed, model: string, prompt: string): object {
  const system = args.text('system')
  const maxTokens = args.number('max-tokens')
  return {
    model,
    stream: true,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: prompt },
    ],
    ...compact({ max_tokens: maxTokens }),
  }
}

async function promptFrom(io: Io, model: string): Promise<string> {
  if (io.stdin.isTTY)
    throw new UsageError(
      `What is the prompt for the model \`${model}\`?`,
      'Give it behind the model, or on standard input.',
    )
  return readStdin(io, 'prompt', MAX_PROMPT_BYTES)
}

/** Streams the answer to standard output. Throws OperatorError when the hub refuses, or the stream breaks off. */
async function ask(hub: HubClient, body: object, io: Io, isJson: boolean): Promise<Answer> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
  const response = await hub.post('/v1/chat/completions', JSON.stringify(body), headers, io.signal)
  if (!response.ok || !response.body) throw refusal(response, await response.text())
  const parser = new SSEParser(MAX_EVENT_CHARS)
  const answer: Answer = { text: '', notice: undefined }
  let kept = ''
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      // The line with the cost is a comment, which the parser leaves out.
      kept = `${kept}${chunk}`.slice(-4096)
      answer.notice ??= noticeIn(kept)
      for (const { data } of parser.push(chunk)) {
        const piece = pieceOf(data)
        answer.text += piece
        if (!isJson) io.stdout.write(safeText(piece))
      }
    }
  } catch (cause) {
    if (!isJson && answer.text !== '' && !answer.text.endsWith('\n')) io.stdout.write('\n')
    if (cause instanceof OperatorError || io.signal.aborted) throw cause
    throw brokenOff(cause)
  }
  return answer
}

function noticeIn(text: string): Notice | undefined {
  const [, json] = NOTICE.exec(text) ?? []
  return json === undefined ? undefined : (JSON.parse(json) as Notice)
}

/** An error below `/v1`: the code of the hub in small letters, or that of a provider. */
interface ModelError {
  readonly code?: string | null
  readonly message?: string
}

interface Chunk {
  readonly error?: ModelError
  readonly choices?: readonly { readonly delta?: { readonly content?: unknown } }[]
}

function pieceOf(data: string): string {
  if (data === '[DONE]') return ''
  const chunk = JSON.parse(data) as Chunk
  if (chunk.error)
    throw problemOf(chunk.error, { code: 'FAILED', detail: 'The model reported an error.' })
  const content = chunk.choices?.[0]?.delta?.content
  return typeof content === 'string' ? content : ''
}

function refusal({ status, headers }: Response, text: string): HubProblemError {
  let error: ModelError = {}
  try {
    error = (JSON.parse(text) as { error: ModelError }).error
  } catch {
    // The status says what is known.
  }
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return problemOf(error, {
    code: `HTTP_${status}`,
    detail: `The hub answered ${status}.`,
    ...compact({ requestId: headers.get('x-request-id') ?? undefined }),
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }),
  })
}

/** `known` is what is known without code and message. */
function problemOf({ code, message }: ModelError, known: HubProblem): HubProblemError {
  const problem = {
    ...known,
    ...compact({ code: code?.toUpperCase(), detail: message }),
  }
  const instead = FIXES[problem.code]
  return new HubProblemError(problem, undefined, {
    otherwise: LATER.test(problem.code)
      ? 'Ask again later, or another model.'
      : 'Ask another model, or correct the request.',
    ...compact({ instead }),
  })
}

/** What is otherwise later; a request that was refused for what it says is refused again. */
const LATER = /^(?!HTTP_4|VALIDATION_|INVALID_|CONTEXT_LENGTH|CONTENT_)/

/** What helps with a model where something else helps with a call of a spoke. */
const FIXES: Readonly<Record<string, string>> = {
  ACCESS_DENIED:
    'Use another key, for instance one of `alkhub keys create NAME --scope inference:use`.',
  PROVIDER_UNAVAILABLE:
    'The provider did not get the request. `alkhub providers list` shows its address, `alkhub providers test NAME` tries it.',
}

function brokenOff(cause: unknown): OperatorError {
  return new OperatorError('The answer broke off.', 'Ask again.', { cause })
}

function noticeText({
  costMicros,
  usageSource,
  inputTokens,
  outputTokens,
  callId,
}: Notice): string {
  const cost = costMicros === null ? 'no known price' : dollars(costMicros)
  const about = usageSource === 'estimate' ? ' (estimated)' : ''
  return `${cost}, ${inputTokens} tokens in, ${outputTokens} out${about}; call ${callId}`
}
