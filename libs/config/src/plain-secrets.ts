import type { TSchema } from '@alkdev/typebox'
import { readConfigFile } from './config-file.ts'
import { memberSchema } from './config-path.ts'
import { isEncryptedValue } from './encrypted-values.ts'
import { dotted } from './failure.ts'
import { configSections, isSectionName } from './hub-config.ts'

function find(schema: TSchema | undefined, value: unknown, at: readonly string[]): string[] {
  if (schema === undefined || isEncryptedValue(value)) return []
  if (schema['secret'] === true) return value === undefined ? [] : [dotted(at)]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, member]) =>
    find(memberSchema(schema, name), member, [...at, name]),
  )
}

/** Paths of the secrets that lie in clear in a config file, for `doctor`. Throws OperatorError when the file can't be read. */
export async function plainSecrets(path: string): Promise<string[]> {
  const tree = await readConfigFile(path)
  return Object.entries(tree).flatMap(([name, value]) =>
    isSectionName(name) ? find(configSections[name], value, [name]) : [],
  )
}
