import { configSections } from '@alkdev/config'
import type { TSchema } from '@alkdev/typebox'

/** The paths of all settings of the schema, as `http.ports.gateway`. A list, or a record with names of its own, is one setting. */
export function settingPaths(): string[] {
  return Object.entries(configSections).flatMap(([name, schema]) => pathsOf(schema, name))
}

function pathsOf(schema: TSchema, path: string): string[] {
  const properties = schema['properties'] as Record<string, TSchema> | undefined
  if (properties === undefined) return [path]
  return Object.entries(properties).flatMap(([name, inner]) => pathsOf(inner, `${path}.${name}`))
}

/** Records which settings are read from configs that it wraps. */
export class ConfigReads {
  readonly #read = new Set<string>()

  has(path: string): boolean {
    return this.#read.has(path)
  }

  /**
   * The same config, whose members record that they were read. A copy (`{...config.http}`) is no reading of the members that it takes
   * along: it asks for each member's descriptor first.
   */
  wrap<T extends object>(config: T, path = ''): T {
    let copying: PropertyKey | undefined
    return new Proxy(config, {
      getOwnPropertyDescriptor: (target, name) => {
        copying = name
        return Reflect.getOwnPropertyDescriptor(target, name)
      },
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        const copied = copying === name
        copying = undefined
        if (typeof name !== 'string') return value
        const at = path === '' ? name : `${path}.${name}`
        const isPlain = Object.getPrototypeOf(value ?? 0) === Object.prototype
        if (!copied) this.#read.add(at)
        return isPlain ? this.wrap(value as object, at) : value
      },
    })
  }
}
