import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest, WorkspacePackage } from './package-files.ts'

const STORAGE = 'libs/storage'
const PAGES = 'docs/architecture/storage'
const exported = /^export (?:type )?\{([^}]*)\} from /gm
const imported =
  /(?:import|export) (?:type )?\{([^}]*)\} from '@alkdev\/storage(?:\/\w+)?'|\{([^}]*)\} = await import\(\s*'@alkdev\/storage'/g

/**
 * Exports of the entries of the storage library that no other package imports and no page of its documentation names. Left out is
 * `@alkdev/storage/tables`, which has the shapes of all tables.
 */
export function checkStorageExports(root: string, packages: readonly WorkspacePackage[]): string[] {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  const used = new Set(
    packages
      .filter(({ room }) => room !== 'storage')
      .flatMap(({ files }) => files)
      .filter(({ imports }) => imports.includes('@alkdev/storage'))
      .flatMap(({ path }) => namesIn(read(path), imported)),
  )
  const code = readdirSync(join(root, PAGES))
    .filter((name) => name !== 'table-reference.md')
    .flatMap((name) => read(`${PAGES}/${name}`).match(/```[\s\S]*?```|`[^`\n]+`/g) ?? [])
  const documented = new Set(code.flatMap((text) => text.match(/\w+/g) ?? []))
  const { exports = {} } = JSON.parse(read(`${STORAGE}/package.json`)) as Manifest
  return Object.entries(exports)
    .filter(([entry]) => entry !== './tables')
    .map(([, file]) => join(STORAGE, file))
    .flatMap((file) =>
      namesIn(read(file), exported)
        .filter((name) => !used.has(name) && !documented.has(name))
        .map((name) => `${file}: no other package imports ${name}, and ${PAGES} does not name it`),
    )
}

function namesIn(source: string, pattern: RegExp): string[] {
  return Array.from(source.matchAll(pattern)).flatMap((match) =>
    (match[1] ?? match[2] ?? '')
      .split(',')
      .map(
        (name) =>
          name
            .trim()
            .split(/ as |:/)[0]
            ?.trim() ?? '',
      )
      .filter((name) => name !== ''),
  )
}
