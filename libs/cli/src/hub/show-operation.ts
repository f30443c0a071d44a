import type { OperationDescription } from '@alkdev/contracts'
import { exampleInput, inputMembers, typeOf } from './input-members.ts'
import type { Schema } from './input-members.ts'
import { wrap } from '../wrap.ts'
import { table } from './print.ts'

/** Describes an operation: the members of its input, its output, and a command line that calls it and begins with `alkhub`. */
export function showOperation(
  operation: OperationDescription,
  width: number,
  alkhub = 'alkhub',
): string {
  const input = operation.inputSchema as Schema
  const head = `${operation.operationId}  (${operation.type})`
  const what = [operation.title, operation.description].filter((one, at, all) => {
    return one !== undefined && one !== '' && all.indexOf(one) === at
  })
  const parts = [
    [head, ...what].join('\n'),
    section('Input', membersOf(input, width)),
    section(
      operation.type === 'subscription' ? 'Each item' : 'Output',
      membersOf(operation.outputSchema as Schema, width),
    ),
    ...errorsOf(operation, width),
    ...needsOf(operation),
    `Example\n  ${exampleCall(operation, alkhub)}`,
    `The schemas whole: ${alkhub} schema ${operation.operationId}`,
  ]
  return parts.join('\n\n')
}

/** A command line that calls the operation, with the required members. */
export function exampleCall(
  { operationId, inputSchema }: OperationDescription,
  alkhub = 'alkhub',
): string {
  const input = JSON.stringify(exampleInput(inputSchema as Schema))
  const json = input === '{}' ? '' : ` '${input.replaceAll("'", String.raw`'\''`)}'`
  return `${alkhub} call ${operationId}${json}`
}

function section(title: string, text: string): string {
  return `${title}\n${text.replaceAll(/^(?=.)/gm, '  ')}`
}

function membersOf(schema: Schema, width: number): string {
  const members = inputMembers(schema)
  if (members.length === 0 && schema.type === 'object')
    return schema.additionalProperties === false
      ? 'nothing'
      : 'an object, whose members are not declared'
  if (members.length === 0) return typeOf(schema)
  const rows = members.map(({ name, type, required, description }) => {
    const long = type.length > MAX_TYPE
    return [
      name,
      long ? (type.startsWith('"') ? 'string' : 'object') : type,
      required ? 'required' : 'optional',
      [long ? `${type.replaceAll(' | ', ', ')}.` : '', description].join(' ').trim(),
    ]
  })
  return wrapLast(table(['member', 'type', '', 'meaning'], rows), width - 2)
}

/** Narrower columns are not wrapped. */
const MIN_WRAP = 16

/**
 * A table whose last column, `MEANING`, continues in the next line where the terminal ends. Without a terminal (`width` below 1) as it is.
 */
function wrapLast(text: string, width: number): string {
  const [head = '', ...lines] = text.split('\n')
  const offset = head.indexOf('MEANING')
  if (width < 1 || offset < 0 || width - offset < MIN_WRAP) return text
  return [head, ...lines.map((line) => wrap(line, width, offset))].join('\n')
}

/** Longer types are named in the column of meanings. */
const MAX_TYPE = 24

function errorsOf({ errorSchemas }: OperationDescription, width: number): string[] {
  if (errorSchemas === undefined || errorSchemas.length === 0) return []
  const rows = errorSchemas.map((one) => [one.code, one.httpStatus ?? '', one.description])
  return [
    section('Errors of its own', wrapLast(table(['code', 'status', 'meaning'], rows), width - 2)),
  ]
}

function needsOf({
  accessControl,
  providers,
  kind,
  providerCount,
}: OperationDescription): string[] {
  const lines: string[] = []
  const { requiredScopes, requiredScopesAny } = accessControl
  if (requiredScopes.length > 0) lines.push(`Scopes: ${requiredScopes.join(', ')}`)
  if (requiredScopesAny !== undefined && requiredScopesAny.length > 0)
    lines.push(`One of these scopes: ${requiredScopesAny.join(', ')}`)
  if (kind === 'spoke' || kind === 'pool') {
    const names = providers.map((one) =>
      one.status === 'active' ? one.spoke : `${one.spoke} (${one.status})`,
    )
    lines.push(
      providerCount === 0
        ? `It has no provider now${names.length === 0 ? '.' : `: ${names.join(', ')}.`}`
        : `Offered by ${names.join(', ')}`,
    )
  }
  return lines.length === 0 ? [] : [lines.join('\n')]
}
