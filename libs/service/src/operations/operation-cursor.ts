import type { DirectoryFilter } from '@alkdev/bus'
import { sha256Hex } from '@alkdev/crypto'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'

/** Cursors of the list of operations: the last id, with a hash of the caller and the filters of the list. */
export class OperationCursor {
  readonly #list: string

  constructor({ id }: Identity, { namespace, type, tag, departed }: DirectoryFilter) {
    const list = [id, namespace ?? null, type ?? null, tag ?? null, departed === true]
    this.#list = sha256Hex(JSON.stringify(list)).slice(0, 16)
  }

  write(operationId: string): string {
    return Buffer.from(JSON.stringify([operationId, this.#list])).toString('base64url')
  }

  /** The id in the cursor. Throws VALIDATION_ERROR for a text that is not a cursor of this list. */
  read(cursor: string): string {
    try {
      const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
      if (Array.isArray(parts) && parts.length === 2 && parts[1] === this.#list) {
        const [operationId] = parts as readonly unknown[]
        if (typeof operationId === 'string') return operationId
      }
    } catch {
      // Falls through to the error for every text that is not a cursor.
    }
    throw new CallError('VALIDATION_ERROR', 'The cursor is not one of this list.', {
      errors: [{ path: '/cursor', message: 'is not one of this list' }],
    })
  }
}
