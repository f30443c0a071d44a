import { posix } from 'node:path'
import { frontMatterOf } from './front-matter.ts'
import type { Repository } from './read-repository.ts'

const FOLDER = 'tasks/'
/** A path of this repository in the list of references. */
const REFERENCE =
  /^- `?((?:docs|libs|services|apps|scripts|test|migrations|tasks|bench|examples)\/[^\s`]*)`?/

/**
 * Faults of the task files: a status that does not agree with the acceptance criteria, a completed task that depends on one that is not,
 * and references that do not exist. `alkhub tasks validate` checks the graph itself.
 */
export function checkTaskFiles(repository: Repository): string[] {
  const paths = repository.files.filter((path) => path.startsWith(FOLDER) && path.endsWith('.md'))
  const texts = new Map(
    paths.map((path) => [posix.basename(path, '.md'), repository.read(path) ?? '']),
  )
  const statuses = new Map(
    [...texts].map(([id, text]) => [id, frontMatterOf(text)?.get('status') ?? '']),
  )
  return paths.flatMap((path) => {
    const text = repository.read(path) ?? ''
    const id = posix.basename(path, '.md')
    const completed = statuses.get(id) === 'completed'
    const open = /^- \[ \]/m.test(text)
    const criteria = /^- \[[ x]\]/m.test(text)
    return [
      ...(criteria ? [] : [`${path}: has no acceptance criteria`]),
      ...(completed && open ? [`${path}: is completed and has an open criterion`] : []),
      ...(!completed && criteria && !open
        ? [`${path}: is not completed and has no open criterion`]
        : []),
      ...(completed ? dependenciesOf(text) : [])
        .filter((other) => statuses.get(other) !== 'completed')
        .map((other) => `${path}: is completed, but depends on ${other}, which is not`),
      ...referencesOf(text)
        .filter((reference) => !repository.has(reference.replace(/\/$/, '')))
        .map((reference) => `${path}: refers to ${reference}, which does not exist`),
    ]
  })
}

function dependenciesOf(text: string): string[] {
  const list = /^depends_on:\n((?: {2}- .*\n)*)/m.exec(text)?.[1] ?? ''
  return [...list.matchAll(/^ {2}- (\S+)$/gm)].map((match) => match[1] ?? '')
}

function referencesOf(text: string): string[] {
  const section = /^## References\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(text)?.[1] ?? ''
  return section.split('\n').flatMap((line) => REFERENCE.exec(line)?.[1] ?? [])
}
