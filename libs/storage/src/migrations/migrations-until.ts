import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MIGRATIONS_FOLDER } from './folder.ts'

/** For tests: a folder with the migrations up to and including `tag`, as a version had it whose newest one that was. */
export async function migrationsUntil(
  tag: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'alkhub-migrations-'))
  await cp(MIGRATIONS_FOLDER, path, { recursive: true })
  const file = join(path, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(file, 'utf8')) as { entries: { tag: string }[] }
  const last = journal.entries.findIndex((entry) => entry.tag === tag)
  if (last === -1) throw new Error(`there is no migration ${tag}`)
  journal.entries.splice(last + 1)
  await writeFile(file, JSON.stringify(journal))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
