import { CLIENT_CONFIGS } from '@alkdev/contracts'
import type { ClientType } from '@alkdev/contracts'
import { collectErrors, validationError } from '@alkdev/operations'

/** Throws VALIDATION_ERROR with every path of the input at which the config does not fit its type. */
export function checkConfig(type: ClientType, config: Readonly<Record<string, unknown>>): void {
  const errors = collectErrors(CLIENT_CONFIGS[type], config)
  if (errors.length === 0) return
  const placed = errors.map((error) => ({ ...error, path: `/config${error.path}` }))
  throw validationError(`The config of a client of type ${type}`, placed)
}
