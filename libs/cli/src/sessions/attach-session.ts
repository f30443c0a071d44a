import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Session } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import type { Io, Parsed } from '../command.ts'
import { EXIT } from '../failure.ts'
import { HubClient } from '../hub/hub-client.ts'
import { showSession } from './show-turn.ts'
import { say } from '../say.ts'

/** Attaches standard input and output to a session: a chat on a terminal; elsewhere each line of the input is a prompt. Gives the exit code. */
export async function attachSession(args: Parsed, io: Io, sessionId: string): Promise<number> {
  const leave = new AbortController()
  const signal = AbortSignal.any([io.signal, leave.signal])
  const hub = await HubClient.from(args, { env: io.env, signal })
  if (!io.stdin.isTTY || !io.stdout.isTTY || args.flag('json'))
    return promptLines(hub, io, sessionId, args.flag('json'))
  const session = await hub.call<Session>('sessions.get', { sessionId })
  const { ChatTerminal } = await import('./chat-terminal.ts')
  return new ChatTerminal(hub, io, session, leave).run()
}

/** Sends each line as a prompt and shows its turn. Gives the exit code of the last one. */
async function promptLines(
  hub: HubClient,
  io: Io,
  sessionId: string,
  json: boolean,
): Promise<number> {
  let code: number = EXIT.done
  const lines = createInterface({ input: io.stdin, terminal: false })
  for await (const line of lines) {
    const text = line.trim()
    if (text === '') continue
    if (!json) say(io.stdout, `> ${text}`)
    code = await promptAndShow(hub, io, { sessionId, text, json })
    if (io.signal.aborted) return EXIT.interrupted
  }
  return code
}

interface PromptOptions {
  readonly sessionId: string
  readonly text: string
  readonly json: boolean
  readonly mode?: string
}

/** Sends a message and shows what happens until its turn is over. Gives the exit code: 1 when the turn was not completed. */
export function promptAndShow(
  hub: HubClient,
  io: Io,
  { sessionId, text, json, mode }: PromptOptions,
): Promise<number> {
  const messageId = randomUUID()
  const input = { sessionId, text, messageId, ...compact({ mode }) }
  return showSession(hub, io, {
    sessionId,
    messageId,
    json,
    history: 0,
    send: () => hub.call('sessions.prompt', input),
  })
}
