import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Absolute path of the folder with the SQL files and their journal. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../../migrations', import.meta.url))

export interface JournalEntry {
  readonly idx: number
  /** Milliseconds since the epoch; must rise from entry to entry. */
  readonly when: number
  /** Name of the file without `.sql`. */
  readonly tag: string
}

/** The entries of the journal, oldest first. */
export async function readJournal(folder: string = MIGRATIONS_FOLDER): Promise<JournalEntry[]> {
  const text = await readFile(`${folder}/meta/_journal.json`, 'utf8')
  return (JSON.parse(text) as { entries: JournalEntry[] }).entries
}
