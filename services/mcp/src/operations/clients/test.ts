import { serviceSpec } from '@alkdev/contracts'
import type { ClientsTestInput, ClientTrial } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { callerOf, checkClientConfig, operableClient } from '@alkdev/service'
import type { McpContext } from '../../context.ts'
import { explain } from '../../outside/error-text.ts'
import { openOutside } from '../../outside/open-outside.ts'
import { settingsOfConfig } from '../../outside/settings.ts'
import type { OutsideSettings } from '../../outside/settings.ts'
import { takeOperations } from '../../outside/to-operations.ts'
import { TrialSlots } from './trial-slots.ts'

const SHOWN = 50

/** `clients.test`: a connection of its own, which is closed at once. */
export function clientsTest(mcp: McpContext): IOperationDefinition {
  const slots = new TrialSlots()
  return {
    ...serviceSpec('clients.test'),
    async handler(input: ClientsTestInput, context: OperationContext): Promise<ClientTrial> {
      const caller = callerOf(context)
      const leave = slots.enter(caller.id)
      try {
        return await attempt(mcp, input, caller)
      } finally {
        leave()
      }
    },
  }
}

async function attempt(
  mcp: McpContext,
  input: ClientsTestInput,
  caller: Identity,
): Promise<ClientTrial> {
  const startedAt = performance.now()
  const found = { offered: 0, operations: [], usable: 0, refused: [] }
  const took = (): number => Math.round(performance.now() - startedAt)
  let settings: OutsideSettings | undefined
  try {
    settings = await settingsFor(mcp, input, caller)
    const connection = await openOutside(settings, mcp.open)
    try {
      const { definitions, refused, protocolVersion } = connection
      const taken = takeOperations(definitions, settings)
      return {
        ok: true,
        durationMs: took(),
        offered: definitions.length + refused.length,
        operations: taken.operations.slice(0, SHOWN).map(({ spec: { name, title } }) => ({
          name,
          ...(title !== undefined && { title }),
        })),
        usable: taken.operations.length,
        refused: [...refused, ...taken.refused].slice(0, 100),
        ...(protocolVersion !== undefined && { protocolVersion }),
      }
    } finally {
      void connection.close().catch(() => undefined)
    }
  } catch (error) {
    if (error instanceof CallError && settings === undefined) throw error
    return {
      ok: false,
      durationMs: took(),
      ...found,
      error: explain(error, settings, input.config === undefined),
    }
  }
}

async function settingsFor(
  { runtime: { db }, outside, policy }: McpContext,
  { name, type, config, secret }: ClientsTestInput,
  caller: Identity,
): Promise<OutsideSettings> {
  if (type !== undefined && config !== undefined) {
    checkClientConfig(type, config, policy)
    return settingsOfConfig(name ?? 'trial', type, config, secret)
  }
  if (name === undefined || type !== undefined || config !== undefined || secret !== undefined)
    throw new CallError(
      'VALIDATION_ERROR',
      'Give the `name` of a stored client, or `type` and `config` of a new one.',
    )
  const client = await operableClient(db, caller, name)
  return outside.settings(client.id)
}
