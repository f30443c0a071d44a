import { configSections, isSectionName } from '@alkdev/config'
import type { TSchema } from '@alkdev/typebox'

/** The schema of a setting (`postgres.url`, or a JSON Pointer); undefined when there is none. */
export function settingSchema(setting: string): TSchema | undefined {
  const [section = '', ...rest] = namesOf(setting)
  let schema: TSchema | undefined = isSectionName(section) ? configSections[section] : undefined
  for (const name of rest) schema = schema && memberOf(schema, name)
  return schema
}

function namesOf(setting: string): string[] {
  if (!setting.startsWith('/')) return setting.split('.')
  return setting
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function memberOf(schema: TSchema, name: string): TSchema | undefined {
  const { properties, patternProperties } = schema as {
    properties?: Record<string, TSchema>
    patternProperties?: Record<string, TSchema>
  }
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name]
  return Object.values(patternProperties ?? {})[0]
}

/** True when `value` at a setting of this schema contains a secret. */
export function saysSecret(schema: TSchema | undefined, value: unknown): boolean {
  if (schema === undefined) return false
  if (schema['secret'] === true) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, member]) => saysSecret(memberOf(schema, name), member))
}

/** The value of a text at a setting: the text itself where a text is expected, else its JSON value, if it is valid JSON. */
export function valueOf(schema: TSchema | undefined, text: string): unknown {
  if (schema?.['type'] === 'string') return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
