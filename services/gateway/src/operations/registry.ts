import { OperationRegistry } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { accountsMe } from './accounts-me.ts'
import { callsAbort } from './calls-abort.ts'
import { callsGet } from './calls-get.ts'
import { clientsCreate } from './clients-create.ts'
import { clientsDelete } from './clients-delete.ts'
import { clientsList } from './clients-list.ts'
import { keysCreate } from './keys-create.ts'
import { keysList } from './keys-list.ts'
import { keysRevoke } from './keys-revoke.ts'
import { keysRotate } from './keys-rotate.ts'

/** The operations that the gateway answers. */
export function gatewayRegistry(context: GatewayContext): OperationRegistry {
  const registry = new OperationRegistry()
  registry.registerAll([
    accountsMe(context),
    keysCreate(context),
    keysList(context),
    keysRotate(context),
    keysRevoke(context),
    clientsCreate(context),
    clientsList(context),
    clientsDelete(context),
    callsGet(context),
    callsAbort(context),
  ])
  return registry
}
