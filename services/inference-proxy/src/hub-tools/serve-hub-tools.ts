import { CodedError } from '@alkdev/errors'
import { keyFromHeaders } from '@alkdev/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ProxyContext } from '../context.ts'
import type { Endpoint } from '../relay/endpoint.ts'
import type { ModelBody } from '../relay/model-body.ts'
import { sessionCallOf } from '../session-calls/authenticate-session.ts'
import { countOf, listOf, member, plainText } from '../usage/usage.ts'
import { hubAddress } from './hub-address.ts'
import { hubToolsOf } from './hub-tools.ts'
import type { IsHub } from './hub-tools.ts'
import { MessagesConversation } from './messages-conversation.ts'
import { ResponsesConversation } from './responses-conversation.ts'
import { ConversationRun } from './run-conversation.ts'

/** Endpoints whose requests may have tools of this hub. */
const PATHS: ReadonlySet<string> = new Set(['responses', 'messages'])

/**
 * Serves a request whose tools name the MCP server of this hub: the proxy calls the operations itself, for any model. False for every other
 * request. Throws VALIDATION_ERROR for what cannot be obeyed.
 */
export async function serveHubTools(
  context: ProxyContext,
  endpoint: Endpoint,
  body: ModelBody,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  // Most requests have neither word.
  if (!PATHS.has(endpoint.path) || !body.bytes.includes('"mcp')) return false
  const { value } = body
  const isMessages = endpoint.protocol === 'messages'
  const isHub = hubAddress(context.runtime.config.http.publicUrl, request)
  const hub = hubToolsOf(isMessages ? toolsOfMessages(value) : value['tools'], {
    isHub,
    key: keyFromHeaders(request.headers),
    approval: isMessages ? 'never' : 'always',
  })
  if (hub === undefined) return false
  if (sessionCallOf(request.authenticated) !== undefined)
    throw invalid('A session calls operations with its own tools.')
  const conversation = isMessages
    ? new MessagesConversation(withOneServer(value, isHub), hub)
    : new ResponsesConversation(value, hub)
  const { identity } = request
  const leave = context.relay.conversations.take(identity.keyId ?? identity.id)
  if (leave === undefined)
    throw new CodedError('RATE_LIMITED', 'Too many requests of this key are running already.', {
      retryAfterMs: 1000,
    })
  const run = new ConversationRun(context, {
    endpoint,
    conversation,
    hub,
    streamed: value['stream'] === true,
    maxCalls: countOf(value, 'max_tool_calls'),
    request,
    reply,
  })
  await run.run().finally(leave)
  return true
}

/**
 * The tools of a request for a message, with its `mcp_servers` in the form of the others. The protocol has no questions for approval, so
 * that a request for them is refused.
 */
function toolsOfMessages(body: unknown): unknown[] {
  const servers = listOf(member(body, 'mcp_servers')).map((server) => ({
    type: 'mcp',
    server_url: member(server, 'url'),
    server_label: member(server, 'name'),
    authorization: member(server, 'authorization_token'),
    allowed_tools: member(member(server, 'tool_configuration'), 'allowed_tools'),
  }))
  const names = new Set(servers.map(({ server_label: label }) => label))
  const tools = listOf(member(body, 'tools')).filter((tool) => {
    const approval = member(tool, 'require_approval')
    if (member(tool, 'type') === 'mcp' && approval !== undefined && approval !== 'never')
      throw invalid(
        'In messages require_approval must be never: the protocol has no question for approval.',
      )
    return !(member(tool, 'type') === 'mcp_toolset' && names.has(member(tool, 'mcp_server_name')))
  })
  return [...tools, ...servers]
}

/** The provider would get neither the tools of this hub nor a key for another server. */
function withOneServer(
  body: Readonly<Record<string, unknown>>,
  isHub: IsHub,
): Readonly<Record<string, unknown>> {
  if (listOf(body['mcp_servers']).every((server) => isHub(plainText(server, 'url')))) return body
  throw invalid('Other MCP servers cannot be used beside the tools of this hub.')
}

function invalid(message: string): CodedError {
  return new CodedError('VALIDATION_ERROR', message, { details: { param: 'tools' } })
}
