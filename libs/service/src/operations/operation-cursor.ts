import type { DirectoryFilter } from '@alkdev/bus'
import { sha256Hex } from '@alkdev/crypto'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'

/** Cursors of the list of operations: the last id, with a hash of whose list it is and by what it is filtered. */
export class OperationCursor {
  readonly #list: string

  constructor({ id }: Identity, { namespace, type, tag, departed }: DirectoryFilter) {
    const list = [id, namespace ?? null, type ?? null, tag ?? null, departed === true]
    this.#list = sha256Hex(JSON.stringify(list)).slice(0, 16)
  }

  write(operationId: string): string {
    return Buffer.from(JSON.stringify([operationId, this.#list])).toString('base64url')
  }

  /** The id in it. Throws VALIDATION_ERROR for a text that is no cursor of this list. */
  read(cursor: string): string {
    try {
      const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
      if (Array.isArray(parts) && parts.length === 2 && parts[1] === this.#list) {
        const [operationId] = parts as readonly unknown[]
        if (typeof operationId === 'string') return operationId
      }
    } catch {
      // Falls through to the one answer for every text that is no cursor.
    }
    throw new CallError('VALIDATION_ERROR', 'The cursor is not one of this list.', {
      errors: [{ path: '/cursor', message: 'is not one of this list' }],
    })
  }
}
