import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

/** Everything that a module imports, directly or not, that is neither a file nor a package of this workspace. */
async function foreignImports(entry: string, seen = new Set<string>()): Promise<string[]> {
  if (seen.has(entry)) return []
  seen.add(entry)
  const source = await readFile(new URL(entry), 'utf8')
  const imports = source.matchAll(/^(?:import|export|\}) (?!type ).*from '([^']+)'/gm)
  const foreign: string[] = []
  for (const [, specifier = ''] of imports) {
    if (/^(\.|@alkdev\/)/.test(specifier)) {
      const file = specifier.startsWith('.')
        ? new URL(specifier, entry).href
        : import.meta.resolve(specifier)
      foreign.push(...(await foreignImports(file, seen)))
    } else foreign.push(specifier)
  }
  return foreign
}

test.each([
  'index',
  'event-target-websocket-client',
  'event-target-websocket-server',
  'event-target-worker',
])('%s imports nothing that only Node has', async (entry) => {
  expect(await foreignImports(new URL(`${entry}.ts`, import.meta.url).href)).toEqual([])
})

test('the check finds such imports elsewhere', async () => {
  expect(await foreignImports(new URL('testing.ts', import.meta.url).href)).toContain(
    'node:assert/strict',
  )
})
