import type { OperationSpec } from '@alkdev/operations'

/** About 250 tokens: models of embeddings for short texts take 512. */
const MAX_LENGTH = 1000
const MAX_PARAMETERS = 24

/** What a model of embeddings reads of an operation. */
export function operationText(spec: OperationSpec): string {
  const { namespace, name, title, description, tags = [], inputSchema } = spec
  const { properties } = (inputSchema ?? {}) as { readonly properties?: object }
  const parameters = Object.keys(properties ?? {}).slice(0, MAX_PARAMETERS)
  return [
    `${namespace} ${spaced(name)}`,
    title,
    description,
    tags.join(', '),
    parameters.map(spaced).join(', '),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join('. ')
    .slice(0, MAX_LENGTH)
    .toWellFormed()
}

/** `createPaymentLink` as `create payment link`. */
function spaced(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[._-]+/g, ' ')
    .toLowerCase()
}
