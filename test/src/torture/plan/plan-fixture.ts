const CHAINS = 6

/** A task of the fixture plan: its slug, the tasks before it, and the files that it writes. */
export interface FixtureTask {
  readonly n: number
  readonly slug: string
  readonly dependsOn: readonly string[]
  readonly own: string
  readonly shared: string
}

const slugOf = (n: number): string => `t${String(n).padStart(2, '0')}`

/**
 * Tasks in six chains. Each writes a file of its own, and one that the whole chain writes: so the tree at the end is the same whatever the order of
 * independent tasks.
 */
export function fixtureTasks(count: number): readonly FixtureTask[] {
  return Array.from({ length: count }, (_, n) => ({
    n,
    slug: slugOf(n),
    dependsOn: n < CHAINS ? [] : [slugOf(n - CHAINS)],
    own: `own-${slugOf(n)}.txt`,
    shared: `chain-${n % CHAINS}.txt`,
  }))
}

/** The files at the end, with their contents. */
export function fixtureFiles(tasks: readonly FixtureTask[]): ReadonlyMap<string, string> {
  return new Map(
    tasks.flatMap(({ slug, own, shared }): [string, string][] => [
      [own, `${slug}\n`],
      [shared, `${slug}\n`],
    ]),
  )
}

/** The task file, with globs and a check. */
export function taskFile({ slug, dependsOn, own, shared }: FixtureTask): string {
  return `---
id: ${slug}
name: Write ${own}
dependsOn: [${dependsOn.join(', ')}]
touches: [${own}, ${shared}]
checks:
  - name: both files
    command: grep -q ${slug} ${own} && grep -q ${slug} ${shared}
---
Write both files.
`
}

/** The model that does the work of each task, and counts two effects of it. */
export function planScript(tasks: readonly FixtureTask[]): string {
  const call = (operationId: string, input: string): string => `
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`
  const work = ({ slug, own, shared }: FixtureTask): string => `
          - calls:${call('fs.write', `{ path: ${own}, content: "${slug}\\n" }`)}${call('fs.write', `{ path: ${shared}, content: "${slug}\\n" }`)}
          - calls:${call('git.commit', `{ message: ${slug} }`)}
          - calls:${call('coord.notify', `{ kind: finish, text: ${slug} }`)}
          - say: Finished.`
  return `models:
  worker:
    turns:${tasks
      .map(
        (task) => `
      - when: '^You work on the task ${task.slug} '
        steps:
          - calls:${call('count.keyed', `{ n: ${task.n}, ms: 50 }`)}${call('count.never', `{ n: ${task.n}, ms: 50 }`)}${work(task)}
      - when: 'not finished the task ${task.slug}\\.'
        steps:${work(task)}`,
      )
      .join('')}
      - steps:
          - say: I do not know this task.
`
}
