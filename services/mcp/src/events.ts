import { logUnexpected, METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { LineLimit } from '@alkdev/std'
import type { HostedEvents } from './outside/hosted-client.ts'

/** Lines a second about refused requests: a client can send any number of them. */
const REFUSED_LINES = 5
/** The same about outside services, which may come and go all the time. */
const OUTSIDE_LINES = 10

/** Logs and counts the events of MCP clients. Never throws. */
export interface McpEvents {
  toolCalled(tool: string, ok: boolean): void
  /** Logged when the error is unexpected and was not logged as that of a call. */
  toolFailed(tool: string | undefined, error: unknown): void
  protocolError(error: Error): void
  /** A request failed, and its client got no reason. */
  requestFailed(method: string, error: unknown): void
  /** The reason is for the operator: the answer to the client says only that its token is not valid. */
  tokenRefused(reason: string): void
  issuerKeysFailed(issuer: string, error: unknown): void
  /** Of the connections to outside services. */
  readonly outside: HostedEvents
}

export function createEvents(runtime: ServiceRuntime<'mcp'>): McpEvents {
  const { logger, metrics } = runtime
  const outsideLines = new LineLimit(OUTSIDE_LINES)
  const outsideLine = (level: 'info' | 'warn', facts: object, text: string): void => {
    const leftOut = outsideLines.take()
    if (leftOut !== undefined) logger[level]({ ...facts, leftOut }, text)
  }
  const refusedLines = new LineLimit(REFUSED_LINES)
  return {
    toolCalled: (tool, ok) =>
      metrics.counter(METRICS.mcpToolCalls, tool, ok ? 'ok' : 'error').inc(),
    toolFailed: (tool, error) =>
      logUnexpected(logger, error, { operation: tool, requestId: undefined }),
    protocolError: ({ message }) => {
      const leftOut = refusedLines.take()
      if (leftOut !== undefined)
        logger.info({ what: message, leftOut }, 'an MCP request was refused')
    },
    requestFailed(method, error) {
      const leftOut = refusedLines.take()
      if (leftOut !== undefined)
        logger.warn({ method, err: error, leftOut }, 'an MCP request failed')
    },
    tokenRefused(reason) {
      const leftOut = refusedLines.take()
      if (leftOut !== undefined) logger.info({ reason, leftOut }, 'an OAuth token was refused')
    },
    issuerKeysFailed(issuer, error) {
      const leftOut = refusedLines.take()
      if (leftOut !== undefined)
        logger.warn({ issuer, err: error, leftOut }, 'the keys of an OAuth issuer cannot be read')
    },
    outside: {
      connected: (client, operations) =>
        outsideLine('info', { client, operations }, 'an outside service is connected'),
      lost: (client, reason) =>
        outsideLine('warn', { client, reason }, 'an outside service is not connected'),
      changed: (client, change) =>
        outsideLine('info', { client, ...change }, 'the operations of an outside service changed'),
    },
  }
}
