import { CodedError } from '@alkdev/errors'
import type { CodedErrorOptions } from '@alkdev/errors'

/** A tree or a host that can't be rendered. */
export class UjsxError extends CodedError {
  override readonly name: string = 'UjsxError'

  constructor(message: string, options: CodedErrorOptions = {}) {
    super('VALIDATION_ERROR', message, options)
  }
}

/** Two children of one parent have the same key. */
export class DuplicateKeyError extends UjsxError {
  override readonly name: string = 'DuplicateKeyError'
  readonly key: string

  constructor(key: string) {
    super(`Two children of one parent have the key "${key}"`, { details: { key } })
    this.key = key
  }
}
