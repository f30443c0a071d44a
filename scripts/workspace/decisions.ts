import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = 'docs/decisions'

/** Decisions that share a number, or whose heading has another number than their file. */
export function checkDecisions(root: string): string[] {
  const names = readdirSync(join(root, FOLDER)).filter((name) => /^\d{4}-.*\.md$/.test(name))
  const byNumber = Map.groupBy(names, (name) => name.slice(0, 4))
  const shared = [...byNumber]
    .filter(([, files]) => files.length > 1)
    .map(([number, files]) => `${FOLDER}: ${number} is the number of ${files.join(' and ')}`)
  const misnumbered = names
    .filter(
      (name) => !readFileSync(join(root, FOLDER, name), 'utf8').startsWith(`# ${name.slice(0, 4)}`),
    )
    .map((name) => `${FOLDER}/${name}: the heading must begin with ${name.slice(0, 4)}`)
  return [...shared, ...misnumbered]
}
