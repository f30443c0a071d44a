import { once } from 'node:events'
import { Readable } from 'node:stream'
import {
  agent,
  AGENT_METHODS,
  CLIENT_METHODS,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
} from '@agentclientprotocol/sdk/unstable'
import type { AgentContext, SessionInfo } from '@agentclientprotocol/sdk/unstable'
import type { Workspace } from '@alkdev/contracts'
import type { Session } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import type { Io } from '../command.ts'
import { readVersion } from '../commands/version.ts'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { followSession } from '../sessions/follow-session.ts'
import { Transcript } from '../sessions/transcript.ts'

import { stackPaths } from '../stack/paths.ts'
import { promptText } from './prompt-text.ts'
import { runPrompt } from './run-prompt.ts'
import { SessionUpdates } from './session-updates.ts'
import { say } from '../say.ts'

/** Largest message of the editor. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
const PAGE = 50
/** Messages that `session/load` replays at most: those of a snapshot. */
const MAX_HISTORY = 200

/** What sessions that the editor creates get. */
export interface NewSessionOptions {
  readonly model?: string
  readonly role?: string
  readonly project?: string
  readonly workspaceId?: string
}

/** Serves the Agent Client Protocol on stdin and stdout until the editor closes it, or the signal aborts. */
export async function serveAcp(hub: HubClient, io: Io, options: NewSessionOptions): Promise<void> {
  const version = await readVersion(stackPaths().root)
  const onError = (error: unknown) => {
    say(io.stderr, `alkhub: ${error instanceof Error ? error.message : String(error)}`)
  }
  /** Cancels the prompts that run, by session. */
  const prompts = new Map<string, Set<AbortController>>()
  const cancel = (sessionId: string) => {
    for (const prompt of prompts.get(sessionId) ?? []) prompt.abort()
  }
  const workspaces = new Map<string, string>()
  const folderOf = async ({ workspaceId }: Session): Promise<string> => {
    if (workspaceId === undefined) return io.cwd
    const known = workspaces.get(workspaceId)
    if (known !== undefined) return known
    const found = await hub
      .call<Workspace>('workspaces.get', { workspaceId })
      .catch(() => undefined)
    const folder = found?.directory ?? io.cwd
    workspaces.set(workspaceId, folder)
    return folder
  }
  const get = (sessionId: string) => ask(() => hub.call<Session>('sessions.get', { sessionId }))
  const noteServers = (servers: readonly unknown[] | undefined) => {
    if (servers !== undefined && servers.length > 0)
      onError('MCP servers of the editor are not used: connect them to the hub.')
  }

  const app = agent({ name: 'alkhub' })
    .onRequest(AGENT_METHODS.initialize, () => ({
      protocolVersion: PROTOCOL_VERSION,
      agentInfo: { name: 'alkhub', title: 'alkdev hub', version },
      agentCapabilities: {
        loadSession: true,
        promptCapabilities: { embeddedContext: true },
        sessionCapabilities: { list: {}, resume: {}, fork: {}, close: {} },
      },
      authMethods: [],
    }))
    .onRequest(AGENT_METHODS.session_new, async ({ params }) => {
      noteServers(params.mcpServers)
      const session = await ask(() => hub.call<Session>('sessions.create', { ...options }))
      return { sessionId: session.sessionId }
    })
    .onRequest(AGENT_METHODS.session_load, async ({ params, client, signal }) => {
      noteServers(params.mcpServers)
      await get(params.sessionId)
      await ask(() => replay(hub, client, params.sessionId, signal))
      return {}
    })
    .onRequest(AGENT_METHODS.session_resume, async ({ params }) => {
      noteServers(params.mcpServers)
      await get(params.sessionId)
      return {}
    })
    .onRequest(AGENT_METHODS.session_fork, async ({ params }) => {
      const { sessionId } = params
      const forked = await ask(() => hub.call<Session>('sessions.fork', { sessionId }))
      return { sessionId: forked.sessionId }
    })
    .onRequest(AGENT_METHODS.session_list, async ({ params }) => {
      const page = await ask(() =>
        hub.call<{ items: Session[]; nextCursor?: string }>('sessions.list', {
          limit: PAGE,
          ...compact({ cursor: params.cursor ?? undefined, project: options.project }),
        }),
      )
      const all = await Promise.all(
        page.items.map(async (one): Promise<SessionInfo> => ({
          sessionId: one.sessionId,
          cwd: await folderOf(one),
          title: one.title,
          updatedAt: one.lastActivityAt ?? one.createdAt,
        })),
      )
      const sessions = params.cwd == null ? all : all.filter(({ cwd }) => cwd === params.cwd)
      return { sessions, ...compact({ nextCursor: page.nextCursor }) }
    })
    .onRequest(AGENT_METHODS.session_close, async ({ params: { sessionId } }) => {
      const { turnId } = await get(sessionId)
      cancel(sessionId)
      if (turnId !== undefined) await ask(() => hub.call('sessions.stop', { sessionId }))
      return {}
    })
    .onNotification(AGENT_METHODS.session_cancel, ({ params: { sessionId } }) => cancel(sessionId))
    .onRequest(AGENT_METHODS.session_prompt, async ({ params, client }) => {
      const { sessionId } = params
      const text = promptText(params.prompt)
      const cancelled = new AbortController()
      const own = prompts.get(sessionId) ?? new Set()
      prompts.set(sessionId, own.add(cancelled))
      try {
        const stopReason = await ask(() =>
          runPrompt(hub, client, {
            sessionId,
            text,
            signal: io.signal,
            cancelled: cancelled.signal,
            onError,
          }),
        )
        return { stopReason }
      } finally {
        own.delete(cancelled)
        if (own.size === 0) prompts.delete(sessionId)
      }
    })

  const input = Readable.toWeb(io.stdin) as ReadableStream<Uint8Array>
  const output = new WritableStream<Uint8Array>({ write: (bytes) => writeBytes(io, bytes) })
  const connection = app.connect(
    ndJsonStream(output, input, { maxMessageBytes: MAX_MESSAGE_BYTES }),
  )
  const close = () => connection.close()
  io.signal.addEventListener('abort', close, { once: true })
  try {
    await connection.closed
  } finally {
    io.signal.removeEventListener('abort', close)
    io.stdin.destroy()
  }
}

/** The messages of a session, as updates: those that its snapshot has. */
async function replay(
  hub: HubClient,
  client: AgentContext,
  sessionId: string,
  signal: AbortSignal,
): Promise<void> {
  const transcript = new Transcript(MAX_HISTORY)
  const updates = new SessionUpdates()
  const done = new AbortController()
  for await (const event of followSession(hub, {
    sessionId,
    signal: AbortSignal.any([signal, done.signal]),
  })) {
    for (const shown of transcript.apply(event))
      for (const update of updates.of(shown))
        // oxlint-disable-next-line no-await-in-loop -- in their order
        await client.notify(CLIENT_METHODS.session_update, { sessionId, update })
    if (event.type === 'snapshot') break
  }
  done.abort()
}

/** A refusal of the hub as an error of the protocol. */
async function ask<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof HubProblemError)) throw error
    const data = { code: error.code }
    throw error.code.endsWith('NOT_FOUND') || error.code === 'VALIDATION_ERROR'
      ? RequestError.invalidParams(data, error.message)
      : RequestError.internalError(data, error.message)
  }
}

/** An editor that does not read stops the writer, so that memory stays bounded. */
async function writeBytes({ stdout, signal }: Io, bytes: Uint8Array): Promise<void> {
  if (!stdout.write(bytes)) await once(stdout, 'drain', { signal })
}
