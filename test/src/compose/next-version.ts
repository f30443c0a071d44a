import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Journal {
  readonly entries: { readonly idx: number; readonly when: number; readonly tag: string }[]
}

/** Makes a copy of this repository the next version of the hub: one with a migration that adds a column, on which the version before works. */
export async function makeNextVersion(folder: string): Promise<void> {
  const migrations = join(folder, 'migrations')
  const journalFile = join(migrations, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(journalFile, 'utf8')) as Journal
  const idx = journal.entries.length
  const last = journal.entries.at(-1)
  if (last === undefined) throw new Error('There are no migrations.')
  const before = await readFile(join(migrations, `${last.tag}.sql`), 'utf8')
  const oldest = /VALUES \(\d+, '\w+', (\d+)\);/.exec(before)?.[1]
  if (oldest === undefined) throw new Error(`${last.tag} does not name a level.`)
  const tag = `${String(idx).padStart(4, '0')}_of_the_next_version`
  journal.entries.push({ ...last, idx, when: last.when + 1, tag })
  await writeFile(journalFile, JSON.stringify(journal))
  await writeFile(
    join(migrations, `${tag}.sql`),
    [
      'ALTER TABLE "projects" ADD COLUMN "of_the_next_version" text;',
      `INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (${idx + 1}, '${tag}', ${oldest});`,
    ].join('--> statement-breakpoint\n'),
  )
  const levelFile = join(folder, 'libs/storage/src/migrations/schema-level.ts')
  const code = await readFile(levelFile, 'utf8')
  const next = code.replace(`SCHEMA_LEVEL = ${idx}`, `SCHEMA_LEVEL = ${idx + 1}`)
  if (next === code) throw new Error(`${levelFile} does not have the level ${idx}.`)
  await writeFile(levelFile, next)
}
