import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manifest } from './manifest.ts'

const models = realpathSync(
  fileURLToPath(new URL('../../node_modules/kubernetes-models', import.meta.url)),
)

interface Described {
  /** Member to the text of its type. */
  readonly members: ReadonlyMap<string, string>
  /** Name of an imported type to its file. */
  readonly imported: ReadonlyMap<string, string>
}

const known = new Map<string, Described | undefined>()

/**
 * Members that the API does not have, with their paths: the schemas allow them, and the API server drops or refuses them. Read from the
 * declarations of the package `kubernetes-models`, one type per file.
 */
export function unknownFields(manifest: Manifest): string[] {
  const file = join(models, manifest.apiVersion, `${manifest.kind}.d.ts`)
  return walk(manifest, file, `${manifest.kind} ${manifest.metadata.name}`)
}

function walk(value: unknown, file: string, at: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => walk(item, file, `${at}[${index}]`))
  if (typeof value !== 'object' || value === null) return []
  const described = describe(file)
  if (described === undefined) return []
  return Object.entries(value).flatMap(([member, inner]) => {
    const type = described.members.get(member)
    if (type === undefined) return [`${at}.${member}`]
    const next = described.imported.get(type.replace(/^Array<(.*)>$/, '$1'))
    return next === undefined ? [] : walk(inner, next, `${at}.${member}`)
  })
}

/** Undefined for a type without fixed members. */
function describe(file: string): Described | undefined {
  if (known.has(file)) return known.get(file)
  const text = readFileSync(file, 'utf8')
  const block = /^export interface [^{]*\{\n([\s\S]*?)^\}/m.exec(text)?.[1]
  const described =
    block === undefined ? undefined : { members: membersOf(block), imported: importsOf(text, file) }
  known.set(file, described)
  return described
}

function membersOf(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/^ {4}"([^"]+)"\??: (.*?);?$/gm)].map(([, name = '', type = '']) => [
      name,
      type,
    ]),
  )
}

function importsOf(text: string, file: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^import \{ (\w+) \} from "([^"]+)";$/gm)].map(([, name = '', from = '']) => [
      name,
      from.startsWith('.')
        ? join(dirname(file), from.replace(/\.js$/, '.d.ts'))
        : join(models, '..', `${from}.d.ts`),
    ]),
  )
}
