import { readdir } from 'node:fs/promises'

/** The names of all benches of this folder: `calls` for `calls.bench.ts`. */
export async function benchNames(): Promise<string[]> {
  return (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.slice(0, -'.bench.ts'.length))
    .toSorted()
}
