import { didYouMean } from '@alkdev/std'
import { OperatorError } from '@alkdev/errors'
import type { TSchema } from '@alkdev/typebox'
import { pointerNames } from './failure.ts'
import { configSections, isSectionName } from './hub-config.ts'

const UNSAFE = new Set(['__proto__', 'constructor', 'prototype'])

/** The names of `postgres.url`, or of a JSON Pointer (`/inference/aliases/gpt-4.1`) where a name has dots. Throws OperatorError for no section. */
export function parseConfigPath(path: string): string[] {
  const names = path.startsWith('/') ? pointerNames(path) : path.split('.')
  const [section = ''] = names
  if (!isSectionName(section))
    throw new OperatorError(
      `${path} names no section.${didYouMean(section, Object.keys(configSections))}`,
      `Begin with one of ${Object.keys(configSections).join(', ')}.`,
    )
  if (names.some((name) => name === '' || UNSAFE.has(name)))
    throw new OperatorError(`${path} is no path of a setting.`, 'Write it as `section.name`.')
  return names
}

/** The schema of a member of an object's schema; undefined when it may have none of that name. */
export function memberSchema(schema: TSchema, name: string): TSchema | undefined {
  const { properties, patternProperties } = schema as {
    properties?: Record<string, TSchema>
    patternProperties?: Record<string, TSchema>
  }
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name]
  const [byPattern] = Object.values(patternProperties ?? {})
  return byPattern
}

/** The schema of a setting; undefined when there is none. */
export function schemaAt(names: readonly string[]): TSchema | undefined {
  const [section = '', ...rest] = names
  let schema: TSchema | undefined = isSectionName(section) ? configSections[section] : undefined
  for (const name of rest) schema = schema && memberSchema(schema, name)
  return schema
}
