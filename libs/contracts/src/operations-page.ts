import type { OperationSpec } from '@alkdev/operations'
import { SERVICE_OPERATIONS } from './service-operations.ts'
import type { ServiceOperation } from './service-operation.ts'

/** Text for a cell of a table. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** The page docs/reference/operations.md: the hub's own operations by namespace. */
export function operationsPage(): string {
  const byNamespace = Map.groupBy(SERVICE_OPERATIONS, ({ spec }) => spec.namespace)
  const names = [...byNamespace.keys()].toSorted()
  const sections = names.map((namespace) => section(namespace, byNamespace.get(namespace) ?? []))
  return `# Operations of the hub

Generated from \`libs/contracts\` by \`node libs/contracts/src/write-reference.ts\`; a test compares it.

The operations that every hub offers. Those of spokes and outside services come in addition: \`./alkhub ops\` lists all that your key may
call. \`./alkhub ops OPERATION\` shows the input members of one with an example, and \`./alkhub schema OPERATION\` its schemas and errors.
An operation is called over [HTTP](http.md), the [WebSocket](websocket-protocol.md), MCP, or \`./alkhub call\`.

- **Input** lists the members of the input; \`?\` marks optional ones.
- **Scopes** must all be held by the key. Without a scope in the table, any key may call the operation. What a caller sees and changes also
  depends on its account ([identity](../architecture/identity.md)).
- **Kind** is query, mutation or subscription, with the retry class where it is not the default
  ([operations](../architecture/operations.md)).

${sections.join('\n\n')}
`
}

function section(namespace: string, operations: readonly ServiceOperation[]): string {
  const rows = operations
    .toSorted((a, b) => (a.spec.name < b.spec.name ? -1 : 1))
    .map(({ spec }) => row(spec))
  const services = [...new Set(operations.map(({ service }) => service))].map(servedBy)
  return `## ${namespace}

Answered by ${services.join(' and ')}.

| operation | kind | scopes | input | what it does |
|---|---|---|---|---|
${rows.join('\n')}`
}

function servedBy(service: ServiceOperation['service']): string {
  return service === 'local' ? 'every service for itself' : `the ${service}`
}

function row(spec: OperationSpec): string {
  const { properties = {}, required = [] } = spec.inputSchema as {
    properties?: Readonly<Record<string, unknown>>
    required?: readonly string[]
  }
  const members = Object.keys(properties).map((name) =>
    required.includes(name) ? `\`${name}\`` : `\`${name}?\``,
  )
  const scopes = (spec.accessControl.requiredScopes ?? []).map((scope) => `\`${scope}\``)
  const kind = spec.retry === undefined ? spec.type : `${spec.type}, ${spec.retry}`
  const id = `\`${spec.namespace}.${spec.name}\``
  return `| ${id} | ${kind} | ${scopes.join(', ')} | ${members.join(', ')} | ${cell(spec.description)} |`
}
