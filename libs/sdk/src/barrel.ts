import { readFile } from 'node:fs/promises'
import { join, dirname } from 'node:path'

/** Where an exported name is declared: the file (its source) and the name there. */
export interface Declared {
  readonly source: string
  readonly name: string
}

const REEXPORT = /^export (?:type )?\{([^}]*)\} from ['"](\.[^'"]+)['"]/gm

/** `[name, alias]` of each member of `{ a, type B, c as d }`. */
export function membersOf(list: string): readonly (readonly [string, string])[] {
  return list
    .split(',')
    .map((each) => each.trim().replace(/^type\s+/, ''))
    .filter((each) => each !== '')
    .map((each) => {
      const [name = '', alias = name] = each.split(/\s+as\s+/)
      return [name, alias] as const
    })
}

/** What an entry file exports from other files, by exported name. Names that it declares by itself are left out. */
export async function reexportsOf(
  entrySource: string,
  declarationOf: (source: string) => string,
): Promise<ReadonlyMap<string, Declared>> {
  const text = await readFile(declarationOf(entrySource), 'utf8')
  const names = new Map<string, Declared>()
  for (const [, list = '', specifier = ''] of text.matchAll(REEXPORT))
    for (const [name, alias] of membersOf(list))
      names.set(alias, { source: join(dirname(entrySource), specifier), name })
  return names
}
