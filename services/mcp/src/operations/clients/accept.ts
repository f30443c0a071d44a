import { serviceSpec } from '@alkdev/contracts'
import type { ClientsAccepted, ClientsAcceptInput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { audit, callerOf, operableClient } from '@alkdev/service'
import { acceptClientOperations, inTransaction } from '@alkdev/storage'
import type { McpContext } from '../../context.ts'

/** `clients.accept` */
export function clientsAccept({ runtime: { db, bus } }: McpContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.accept'),
    async handler(
      { name, operations, hashes }: ClientsAcceptInput,
      context: OperationContext,
    ): Promise<ClientsAccepted> {
      const { accepted, change } = await inTransaction(db, async (tx) => {
        const client = await operableClient(tx, callerOf(context), name)
        const result = await acceptClientOperations(tx, client, operations, hashes)
        if (result.unknown !== undefined)
          throw new CallError(
            'CONFLICT',
            'The definition has changed since it was shown. Nothing was accepted.',
            { hashes: result.unknown },
          )
        if (result.accepted.length > 0)
          await audit(tx, context, {
            action: 'clients.accepted',
            orgId: client.orgId,
            targetType: 'client',
            targetId: client.id,
            data: { name, operations: result.accepted.slice(0, 100) },
          })
        return result
      })
      if (change !== undefined) await bus.announceChange(change)
      return { name, accepted: [...accepted] }
    },
  }
}
