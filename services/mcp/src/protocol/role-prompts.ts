import type { Role, RoleDetails } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import {
  isInputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server'
import type { Server, ServerContext } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import { callOperation } from '../tools/call-operation.ts'
import type { McpHub } from '../tools/call-operation.ts'
import type { Caller } from './caller.ts'
import { callError } from './call-error.ts'
import type { Rounds } from './rounds.ts'
import { runCall } from './tool-call.ts'

/** Roles on one page of prompts. */
const PAGE_SIZE = 100

export interface RolePromptsInput {
  readonly context: McpContext
  readonly hub: McpHub
  readonly rounds: Rounds
}

/**
 * The roles of the hub as prompts: `roles.list` and `roles.get`, with the rights of the key. A key that may not read roles has no prompts. Each
 * prompt is the text of a role, with that of its parents.
 */
export function addRolePrompts(server: Server, input: RolePromptsInput, caller: Caller): void {
  server.setRequestHandler('prompts/list', async ({ params: { cursor } = {} }, ctx) => {
    const page = await read<{ items: readonly Role[]; nextCursor?: string }>(
      server,
      input,
      { caller, ctx, method: 'prompts/list' },
      'roles.list',
      { limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) },
    )
    if (page === undefined) return { prompts: [] }
    const { items, nextCursor } = page
    return {
      prompts: items.filter(hasPrompt).map(({ name, description }) => ({
        name,
        description: description ?? `The role ${name}.`,
      })),
      ...(nextCursor !== undefined && { nextCursor }),
    }
  })
  server.setRequestHandler('prompts/get', async ({ params: { name } }, ctx) => {
    const role = await read<RoleDetails>(
      server,
      input,
      { caller, ctx, method: 'prompts/get' },
      'roles.get',
      { name },
    )
    const text = role?.effective.prompt
    if (role === undefined || text === undefined)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no prompt ${JSON.stringify(name.slice(0, 200))}.`,
      )
    return {
      ...(role.description !== undefined && { description: role.description }),
      messages: [{ role: 'user', content: { type: 'text', text } }],
    }
  })
}

/** The text of a parent may stand for that of the role. */
function hasPrompt({ prompt, parent }: Role): boolean {
  return prompt !== undefined || parent !== undefined
}

interface Reading {
  readonly caller: Caller
  readonly ctx: ServerContext
  readonly method: 'prompts/get' | 'prompts/list'
}

/** The data of a query of the hub; undefined when the key may not call it, or what it names does not exist. */
async function read<Data>(
  server: Server,
  { context, hub, rounds }: RolePromptsInput,
  { caller, ctx, method }: Reading,
  operationId: string,
  input: object,
): Promise<Data | undefined> {
  const callId = uuidv7()
  try {
    const data = await runCall(
      context,
      rounds,
      { callId, what: 'prompts', method, params: [operationId, input], server, ctx, caller },
      (call) =>
        callOperation(hub, { operationId, input }, call, (opened) =>
          opened.kind === 'answer' ? { data: opened.envelope.data as Data } : undefined,
        ),
    )
    return data === undefined || isInputRequiredResult(data) ? undefined : data.data
  } catch (error) {
    if (error instanceof CallError && NONE.has(error.code)) return undefined
    // A name that no role can have.
    if (method === 'prompts/get' && error instanceof CallError && error.code === 'VALIDATION_ERROR')
      return undefined
    throw callError(error, callId)
  }
}

/** Errors that say that there is nothing for this key. */
const NONE: ReadonlySet<string> = new Set([
  'OPERATION_NOT_FOUND',
  'ACCESS_DENIED',
  'ROLE_NOT_FOUND',
])
