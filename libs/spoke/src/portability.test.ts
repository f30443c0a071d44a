import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

/** Everything that a module imports at run time, directly or not, that is neither a file nor a package of this workspace. */
async function foreignImports(entry: string, seen = new Set<string>()): Promise<string[]> {
  if (seen.has(entry)) return []
  seen.add(entry)
  const source = await readFile(new URL(entry), 'utf8')
  const imports = source.matchAll(
    /^(?:import|export|\}) (?!type ).*from '([^']+)'|^import '([^']+)'/gm,
  )
  const foreign: string[] = []
  for (const match of imports) {
    const specifier = match[1] ?? match[2] ?? ''
    // A type-only import over several lines is recognized by its first line.
    if (match[0].startsWith('}') && isTypeOnly(source, match.index)) continue
    if (
      specifier.startsWith('.') ||
      (specifier.startsWith('@alkdev/') && specifier !== '@alkdev/typebox')
    ) {
      const file = specifier.startsWith('.')
        ? new URL(specifier, entry).href
        : import.meta.resolve(specifier)
      foreign.push(...(await foreignImports(file, seen)))
    } else foreign.push(specifier)
  }
  return foreign
}

function isTypeOnly(source: string, end: number): boolean {
  const starts = [...source.slice(0, end).matchAll(/^(?:import|export) (type )?\{/gm)]
  return starts.at(-1)?.[1] !== undefined
}

const urlOf = (entry: string): string => new URL(entry, import.meta.url).href

test('the entry for browsers imports nothing of Node and no npm package', async () => {
  expect(await foreignImports(urlOf('browser.ts'))).toEqual([])
})

test('the check finds such imports elsewhere', async () => {
  expect(await foreignImports(urlOf('index.ts'))).toEqual(
    expect.arrayContaining(['ws', 'node:worker_threads', 'node:crypto']),
  )
})
