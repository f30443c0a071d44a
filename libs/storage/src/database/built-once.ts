import type { Db } from './types.ts'

/**
 * A statement that Drizzle writes once for each database: that of a wide table takes longer to write than PostgreSQL takes to run it. In a transaction it is
 * written each time.
 */
export function builtOnce<Statement>(build: (db: Db) => Statement): (db: Db) => Statement {
  const built = new WeakMap<Db, Statement>()
  return (db) => {
    const known = built.get(db)
    if (known !== undefined) return known
    const made = build(db)
    built.set(db, made)
    return made
  }
}
