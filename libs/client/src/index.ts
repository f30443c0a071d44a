import { HubConnection } from '@alkdev/spoke'
import { ClientCore } from './client-core.ts'
import type { ClientOptions } from './client-core.ts'
import type { AnyOperations } from './operation-types.ts'

/** A client for Node. `Ops` is the interface that `alkhub types` writes. */
export class Client<Ops extends object = AnyOperations> extends ClientCore<Ops> {
  constructor(options: ClientOptions) {
    super(options, (open) => HubConnection.open(open))
  }
}

export { CodedError } from '@alkdev/errors'
export type { ErrorCode } from '@alkdev/errors'
export type { CallOptions } from '@alkdev/spoke'
export type { ClientOptions, FoundOperation } from './client-core.ts'
export type { AnyOperations, OperationType } from './operation-types.ts'
