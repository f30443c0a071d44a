import type { OperationSpec } from '@alkdev/operations'
import type { CompleteResult } from '@modelcontextprotocol/server'
import { isMembers, membersOf } from '../protocol/members-of.ts'

/** Values of one completion, by the protocol. */
const MAX_VALUES = 100

/** What an operation answered, as a completion: a list of texts, or an object with `values`, `total` and `hasMore`. */
export function completionResult(data: unknown): CompleteResult {
  const { values, total, hasMore } = isMembers(data) ? data : { values: data }
  const texts = Array.isArray(values) ? values.filter((one) => typeof one === 'string') : []
  return {
    completion: {
      values: texts.slice(0, MAX_VALUES),
      total: typeof total === 'number' && total >= texts.length ? total : texts.length,
      hasMore: hasMore === true || texts.length > MAX_VALUES,
    },
  }
}

/** The completion from the schema of the input: the values of an enum that begin with the text. */
export function completionOfSchema(
  { inputSchema }: OperationSpec,
  { name, value }: { readonly name: string; readonly value: string },
): CompleteResult {
  const properties = membersOf(membersOf(inputSchema)['properties'])
  const given = membersOf(properties[name])['enum']
  const options: unknown[] = Array.isArray(given) ? given : []
  return completionResult(options.filter((one) => typeof one === 'string' && one.startsWith(value)))
}
