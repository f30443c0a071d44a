import { CodedError } from '@alkdev/errors'
import { parseJson } from '@alkdev/std'
import { textIn } from '../translate/reading.ts'
import { listOf, member, plainText } from '../usage/usage.ts'
import type { HubTools } from './hub-tools.ts'
import type { ToolCall } from './round.ts'

const ITEM_PREFIX = 'mcp_'
const APPROVAL_PREFIX = 'mcpr_'

/** The id of the item that shows a call to the client. */
export function itemIdOf({ id }: ToolCall): string {
  return `${ITEM_PREFIX}${id}`
}

/** The id of a question for approval. It holds the call, so that any proxy can make it when the client approves. */
export function approvalIdOf({ id, tool, arguments: text }: ToolCall): string {
  return `${APPROVAL_PREFIX}${Buffer.from(JSON.stringify([id, tool, text])).toString('base64url')}`
}

/** The call that an approval is of. Throws VALIDATION_ERROR for an id that `approvalIdOf` did not make. */
function callOf(approvalId: unknown): ToolCall {
  try {
    if (typeof approvalId === 'string' && approvalId.startsWith(APPROVAL_PREFIX)) {
      const text = Buffer.from(approvalId.slice(APPROVAL_PREFIX.length), 'base64url').toString()
      const [id, tool, args] = parseJson(text) as unknown[]
      if (typeof id === 'string' && typeof tool === 'string' && typeof args === 'string')
        return { id, tool, arguments: args }
    }
  } catch {
    // Below.
  }
  throw new CodedError('VALIDATION_ERROR', 'There is no such approval_request_id.', {
    details: { param: 'input' },
  })
}

/** The function call as the model made it. */
export function functionCall({ nameOf }: HubTools, call: ToolCall): object {
  const { id, tool, arguments: text } = call
  return { type: 'function_call', call_id: id, name: nameOf(tool), arguments: text }
}

export function functionOutput(id: string, output: string): object {
  return { type: 'function_call_output', call_id: id, output }
}

/** The input of a request as the model gets it, and the calls that the client approves with it. */
export interface ResponsesHistory {
  readonly input: readonly unknown[]
  readonly approved: readonly ToolCall[]
  /** Call ids of function calls that the model knows already. */
  readonly known: ReadonlySet<string>
}

/**
 * Reads the input of a request: calls of this hub become the function calls that they were. `isStored`: the input continues a response that
 * the provider has stored, with the function calls in it.
 */
export function readHistory(input: unknown, hub: HubTools, isStored: boolean): ResponsesHistory {
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)
  const out: unknown[] = []
  const approved: ToolCall[] = []
  const known = new Set<string>()
  for (const item of items) {
    const type = member(item, 'type')
    const isOurs = member(item, 'server_label') === hub.label
    if (type === 'mcp_approval_response') {
      const call = callOf(member(item, 'approval_request_id'))
      if (!hub.tools.has(hub.nameOf(call.tool)))
        throw new CodedError('VALIDATION_ERROR', `The tool ${call.tool} is not offered.`)
      if (member(item, 'approve') === true) {
        if (isStored) known.add(call.id)
        approved.push(call)
      } else {
        if (!isStored) out.push(functionCall(hub, call))
        const reason = member(item, 'reason')
        const why = typeof reason === 'string' ? ` ${reason}` : ''
        out.push(functionOutput(call.id, `The user denied this call.${why}`))
      }
    } else if (isOurs && type === 'mcp_call') {
      const id = plainText(item, 'id').slice(ITEM_PREFIX.length)
      const text = textIn(item, 'arguments') ?? ''
      const call = { id, tool: plainText(item, 'name'), arguments: text }
      const output = member(item, 'output') ?? member(item, 'error')
      out.push(
        functionCall(hub, call),
        functionOutput(id, typeof output === 'string' ? output : JSON.stringify(output ?? null)),
      )
    } else if (!(isOurs && (type === 'mcp_list_tools' || type === 'mcp_approval_request')))
      out.push(item)
  }
  return { input: out, approved, known }
}
