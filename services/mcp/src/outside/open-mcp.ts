import { CallError } from '@alkdev/operations'
import { createMCPClient } from '@alkdev/operations/from-mcp'
import type { MCPClientConfig, MCPClientWrapper } from '@alkdev/operations/from-mcp'
import { ANY_ADDRESS } from '@alkdev/outbound'
import type { AddressPolicy } from '@alkdev/outbound'
import { deferred } from '@alkdev/std'
import {
  CALL_TIMEOUT_MS,
  CONNECT_MS,
  MAX_OPERATIONS,
  MIN_REFRESH_MS,
  REFRESH_MS,
} from './limits.ts'
import { ConnectionEndedError } from './connection-ended-error.ts'
import { oneMessage } from './one-message.ts'
import { EventPace } from './event-pace.ts'
import { createOutboundFetch } from './outbound-fetch.ts'
import type { OutboundFetch } from './outbound-fetch.ts'
import type { OutsideConnection } from './outside-connection.ts'
import { ProgramTransport } from './program-transport.ts'
import { addIssuedToken } from './secret-texts.ts'
import type { OutsideSettings, ProgramSettings } from './settings.ts'

export interface OpenOptions {
  /** The addresses that clients of accounts may have. */
  readonly policy: AddressPolicy
  readonly deploymentId: string
}

/** The guarded `fetch` of a service, with its credentials. */
export function fetchFor(
  settings: OutsideSettings,
  url: string,
  { policy, deploymentId }: OpenOptions,
): OutboundFetch {
  const { headers, secret, auth, oauth, privateOk } = settings
  const allowed = privateOk ? ANY_ADDRESS : policy
  return createOutboundFetch({
    policy: allowed,
    url,
    headers,
    secret,
    auth,
    oauth,
    deploymentId,
    // Each message of an MCP server is checked, and each item of an OpenAPI service is waited for.
    ...(settings.kind !== 'openapi' && { pace: new EventPace() }),
    onToken: (token) => addIssuedToken(settings, token),
  })
}

/** Connects to an MCP server and lists its tools. Rejects with CallError, and leaves nothing open. */
export async function openMcp(
  settings: OutsideSettings,
  options: OpenOptions,
): Promise<OutsideConnection> {
  const { url, program } = settings
  if (program !== undefined) return openProgram(settings, program)
  if (url === undefined) throw new CallError('EXECUTION_ERROR', 'It has no address.')
  const outbound = fetchFor(settings, url, options)
  try {
    const fetch = async (address: string | URL, init?: RequestInit): Promise<Response> =>
      oneMessage(await outbound.fetch(address, init))
    const connection = await connect(settings, { url, fetch })
    return {
      ...connection,
      get definitions() {
        return connection.definitions
      },
      async close() {
        // The server may not answer, and nothing of it is needed any more.
        await Promise.race([connection.close().catch(() => undefined), after(1000)])
        await outbound.close()
      },
    }
  } catch (error) {
    await outbound.close()
    throw error
  }
}

async function openProgram(
  settings: OutsideSettings,
  program: ProgramSettings,
): Promise<OutsideConnection> {
  const transports: ProgramTransport[] = []
  const transport = (): ProgramTransport => {
    const made = new ProgramTransport(program)
    transports.push(made)
    return made
  }
  try {
    return await connect(
      settings,
      { transport, protocol: 'legacy' },
      () => transports.at(-1)?.reason,
    )
  } catch (error) {
    const { reason, isStarted } = transports.at(-1) ?? {}
    await Promise.all(transports.map((one) => one.close().catch(() => undefined)))
    if (reason !== undefined)
      throw new ConnectionEndedError(
        reason,
        isStarted === false ? 'PROVIDER_UNAVAILABLE' : 'PROVIDER_LOST',
      )
    throw error
  }
}

async function connect(
  settings: OutsideSettings,
  where: Partial<MCPClientConfig>,
  reason?: () => string | undefined,
): Promise<OutsideConnection> {
  const ended = deferred<string>()
  const listeners = new Set<() => void>()
  const client: MCPClientWrapper = await createMCPClient(settings.name, {
    ...where,
    connectTimeout: CONNECT_MS,
    timeout: settings.timeoutMs ?? CALL_TIMEOUT_MS,
    maxTools: MAX_OPERATIONS * 2,
    minRefreshMs: MIN_REFRESH_MS,
    onToolsChanged: () => {
      for (const listener of listeners) listener()
    },
    onClose: () => ended.resolve(reason?.() ?? 'The connection has ended.'),
  })
  return {
    get definitions() {
      return client.tools
    },
    refused: [],
    protocolVersion: client.protocolVersion,
    refreshMs: REFRESH_MS,
    ended: ended.promise,
    refresh: async () => void (await client.refresh()),
    onChange: (listener) => void listeners.add(listener),
    close: () => client.close(),
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
