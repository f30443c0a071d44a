import { isPlainObject } from '../../../schema/schema-limits.ts'

type Fields = Record<string, unknown>

/** Keywords that can require a property, themselves or in schemas for the same object. */
export const REQUIRING = [
  'required',
  'allOf',
  'anyOf',
  'oneOf',
  'then',
  'else',
  'dependentSchemas',
  'dependentRequired',
  'dependencies',
]

/** Whether other schemas apply to the same value as this one. */
export function combines(node: Fields): boolean {
  return ['$ref', 'allOf', 'anyOf', 'oneOf'].some((keyword) => keyword in node)
}

export function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isPlainObject(value)
}

export function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}

export function referenceOf(node: Fields): string | undefined {
  if (typeof node['$ref'] === 'string') return node['$ref']
  return typeof node['$dynamicRef'] === 'string' ? node['$dynamicRef'] : undefined
}
