import type { OperationSpec } from '@alkdev/operations'
import { comment, SchemaTypes } from './schema-type.ts'

/** The parts of an operation from which its types are generated. */
export interface TypedOperation extends Pick<
  OperationSpec,
  'type' | 'description' | 'inputSchema' | 'outputSchema' | 'errorSchemas'
> {
  readonly operationId: string
}

/** The text of a TypeScript file with an interface `Operations`, for `Client<Operations>` of `@alkdev/client`. */
export function typesFile(operations: readonly TypedOperation[], hub: string): string {
  const declarations: string[] = []
  const members = operations
    .toSorted((a, b) => (a.operationId < b.operationId ? -1 : 1))
    .map((operation, index) => {
      const typeOf = (schema: unknown, part: string): string => {
        const types = new SchemaTypes(schema, `Operation${index + 1}${part}`)
        const type = types.typeOf(schema, 1)
        declarations.push(...types.declarations)
        return type
      }
      const errors = (operation.errorSchemas ?? []).map(
        ({ code, schema }, at) =>
          `      ${JSON.stringify(code)}: ${typeOf(schema, `Error${at + 1}Part`)}\n`,
      )
      return [
        `${comment(operation, '  ')}  ${JSON.stringify(operation.operationId)}: {\n`,
        `    type: ${JSON.stringify(operation.type)}\n`,
        `    input: ${typeOf(operation.inputSchema, 'Input')}\n`,
        `    output: ${typeOf(operation.outputSchema, 'Output')}\n`,
        errors.length === 0 ? '    errors: {}\n' : `    errors: {\n${errors.join('')}    }\n`,
        '  }\n',
      ].join('')
    })
  const named = declarations.length === 0 ? '' : `\n${declarations.join('\n\n')}\n`
  return `// Written by \`alkhub types\` from ${hub.replaceAll(/\s/g, '')}. Run it again when the operations have changed.

/** The operations that the key may use, for \`new Client<Operations>(...)\` of @alkdev/client. */
export interface Operations {
${members.join('')}}
${named}`
}
