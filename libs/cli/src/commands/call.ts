import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { Command, Io } from '../command.ts'
import { HubProblemError, UsageError } from '../failure.ts'
import type { HubProblem } from '../failure.ts'
import { withNearestOperation } from '../hub/find-operations.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import type { OpenedOperation } from '../hub/hub-client.ts'
import { flagsOf } from '../hub/operation-command.ts'
import { parseAnswer } from '../hub/parse-answer.ts'
import { print } from '../hub/print.ts'
import type { ServerEvent } from '../hub/read-events.ts'
import { readStdin } from '../input/read-stdin.ts'
import { sayJson } from '../say.ts'
import { asStarted } from '../started-as.ts'
import { callFlags, givenQueueingFlag, queueingInput, whenFlags } from './queue/call-flags.ts'

const MAX_INPUT_BYTES = 8 * 1024 * 1024

export const call: Command = {
  usage: 'OPERATION [JSON | -]',
  summary:
    'Calls an operation and prints its data; `-` reads the input from stdin. A subscription prints one line per item.',
  flags: {
    ...hubFlags,
    'timeout-ms': {
      type: 'string',
      value: 'N',
      summary: 'Milliseconds for the call (default 30000; a subscription has no total limit).',
    },
    'idempotency-key': {
      type: 'string',
      summary:
        'Run the call only once, however often this command is repeated. Not for subscriptions.',
    },
    async: {
      type: 'boolean',
      summary:
        'Queue the call, and print its id and how to get its result. It survives the end of this command.',
    },
    webhook: {
      type: 'string',
      value: 'WEBHOOK',
      summary: 'With --async: the webhook to which the end of the call is reported.',
    },
    ...flagsOf({ inputs: { ...whenFlags, ...callFlags } }),
  },
  maxPositionals: 2,
  async run(args, io) {
    const [operationId, text] = args.positionals
    if (operationId === undefined)
      throw new UsageError('Which operation?', 'Find its name with `alkhub ops [words]`.')
    const input = text === '-' ? await pipedInput(io) : parseInput(text ?? '{}')
    const hub = await HubClient.from(args, io)
    const timeout = args.number('timeout-ms')
    const headers = timeout === undefined ? {} : { 'x-deadline-ms': String(timeout) }
    const key = args.text('idempotency-key')
    const webhook = args.text('webhook')
    if (webhook !== undefined && !args.flag('async'))
      throw new UsageError('--webhook needs --async.', 'Only queued calls are reported.')
    const flag = givenQueueingFlag(args)
    if (flag !== undefined && !args.flag('async'))
      throw new UsageError(`--${flag} needs --async.`, 'Only queued calls wait.')
    if (args.flag('async')) {
      const more = { ...queueingInput(args), ...compact({ webhook }) }
      const queued =
        Object.keys(more).length === 0
          ? hub.queue(operationId, input, { ...headers, ...compact({ 'idempotency-key': key }) })
          : hub.call<{ readonly callId: string }>('calls.enqueue', {
              operationId,
              input,
              ...more,
              ...compact({ idempotencyKey: key, timeoutMs: timeout }),
            })
      const { callId } = await queued.catch(async (error: unknown) => {
        throw await withNearestOperation(hub, operationId, error)
      })
      print(io, args.flag('json'), { callId }, () => asStarted(queuedText(callId), io))
      return 0
    }
    const opening =
      key === undefined
        ? hub.open(operationId, input, headers)
        : callWithKey(hub, operationId, input, { ...headers, 'idempotency-key': key })
    const opened = await opening.catch(async (error: unknown) => {
      throw await withNearestOperation(hub, operationId, error)
    })
    if (opened.kind === 'stream') return stream(opened.events, operationId, io)
    sayJson(io.stdout, opened.data, args.flag('json') || !io.stdout.isTTY ? 0 : 2)
    return 0
  },
}

/** What a queued call is called, and what can be done with it. */
function queuedText(callId: string): string {
  return `The call is queued as ${callId}.
\`alkhub queue get ${callId} --wait 20000\` waits for its result; \`alkhub queue abort ${callId}\` aborts it.`
}

/** Accepts only an answer, so that the hub refuses a subscription before anything has run. */
async function callWithKey(
  hub: HubClient,
  operationId: string,
  input: unknown,
  headers: Record<string, string>,
): Promise<OpenedOperation> {
  try {
    return { kind: 'answer', data: await hub.call(operationId, input, headers) }
  } catch (error) {
    const details = error instanceof HubProblemError ? error.details : undefined
    if ((details as { type?: unknown } | undefined)?.type !== 'subscription') throw error
    throw new OperatorError(
      `${operationId} is a subscription: its items are not kept, so it cannot be run once for two calls.`,
      'Call it without --idempotency-key.',
      { cause: error },
    )
  }
}

async function stream(
  events: AsyncIterable<ServerEvent>,
  operationId: string,
  io: Io,
): Promise<number> {
  for await (const event of events) {
    if (event.event === 'error')
      throw new HubProblemError(parseAnswer(event.data) as HubProblem, operationId)
    if (event.event === 'completed') return 0
    const item = parseAnswer(event.data) as { data?: unknown }
    sayJson(io.stdout, item.data)
  }
  throw new OperatorError('The stream ended before it was complete.', 'Call again.')
}

async function pipedInput(io: Io): Promise<unknown> {
  const text = await readStdin(io, 'input', MAX_INPUT_BYTES)
  if (text.trim() !== '') return parseInput(text)
  throw new UsageError(
    'Standard input is empty.',
    'Pipe the input in as JSON, or leave `-` out for an operation that takes no input.',
  )
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(
      `The input is not JSON: ${(cause as Error).message}.`,
      'Put it in single quotes, for instance \'{"path":"README.md"}\', or pipe it in with `-`.',
      { cause },
    )
  }
}
