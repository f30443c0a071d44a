const FIRST = /^\s*([a-z]+)/i
const TABLE =
  /\b(?:from|into|update|join)\s+(?:only\s+)?((?:"[^"]+"|[a-z_][a-z0-9_]*)(?:\.(?:"[^"]+"|[a-z_][a-z0-9_]*))?)/i
/** Characters that are searched for the table. */
const MAX_SEARCHED = 4000

/** A short name of a statement of SQL, from its text without values: `SELECT queued_calls`. */
export function statementName(text: string): string {
  const verb = FIRST.exec(text)?.[1]?.toUpperCase() ?? 'SQL'
  const table = TABLE.exec(text.slice(0, MAX_SEARCHED))?.[1]?.replaceAll('"', '')
  return table === undefined ? verb : `${verb} ${table}`
}
