import { didYouMean } from '@alkdev/std'
import { TaskInput } from '../schema/task.ts'
import { checkTaskFields } from './check-fields.ts'
import type { FrontmatterProblem } from './problem.ts'
import { splitFrontmatter } from './split.ts'
import { readYamlFields } from './yaml-block.ts'
import type { TextPlace } from './yaml-block.ts'

/** A Markdown text read as a task, with everything that is wrong with it. */
export interface FrontmatterReading {
  /** The task, or undefined when there is any problem. */
  readonly task?: TaskInput
  /** The text after the block; the whole text when there is none. */
  readonly body: string
  /** Everything found, in the order of the lines. Empty exactly when `task` is there. */
  readonly problems: readonly FrontmatterProblem[]
  /** Fields that no task has, which are ignored: often a field with a typing error. */
  readonly warnings: readonly FrontmatterProblem[]
  /** Where each field stands, by its path (`risk`, `dependsOn/1`); 1-based lines of the file. */
  readonly places: ReadonlyMap<string, TextPlace>
}

/** Largest front matter that is read, in UTF-16 units. */
export const maxFrontmatterLength = 32_768

const taskKeys: readonly string[] = Object.keys(TaskInput.properties)
const wantedKeys: ReadonlySet<string> = new Set([...taskKeys, 'depends_on'])

/**
 * Reads the front matter of a Markdown text and reports every problem with its line; never throws for
 * what a file may contain. Unknown keys are ignored with a warning; `depends_on` counts when `dependsOn` is absent.
 */
export function readFrontmatter(markdown: string): FrontmatterReading {
  const split = splitFrontmatter(markdown)
  const { body } = split
  const refuse = (
    code: FrontmatterProblem['code'],
    message: string,
    line: number,
  ): FrontmatterReading => ({
    body,
    problems: [{ code, field: '', message, line, column: 1 }],
    warnings: [],
    places: new Map(),
  })
  if (split.kind === 'none') {
    return refuse('no-frontmatter', 'there is no front matter: begin the file with a line "---"', 1)
  }
  if (split.kind === 'unclosed') {
    const message = 'the front matter is never closed: end it with a line "---"'
    return refuse('unclosed-frontmatter', message, split.line)
  }
  if (split.yaml.length > maxFrontmatterLength) {
    const message = `the front matter is longer than ${maxFrontmatterLength} characters`
    return refuse('too-large', message, split.line)
  }

  const fields = readYamlFields(split.yaml, wantedKeys, split.line + 1)
  const warnings = fields.unknown.map(({ key, at }): FrontmatterProblem => {
    const field = key.slice(0, 64)
    const message = `no task has this field, so it is ignored.${didYouMean(key, taskKeys)}`
    return { code: 'unknown-field', field, message, ...at }
  })
  if (fields.problems.length > 0)
    return { body, problems: fields.problems, warnings, places: fields.places }

  const { depends_on: snake, ...rest } = fields.values
  const values: Record<string, unknown> = rest
  const places = new Map(fields.places)
  if (!('dependsOn' in values) && 'depends_on' in fields.values) {
    values['dependsOn'] = snake
    for (const [field, place] of fields.places) {
      if (field.startsWith('depends_on'))
        places.set(field.replace('depends_on', 'dependsOn'), place)
    }
  }
  const problems = checkTaskFields(values).map(({ field, message }): FrontmatterProblem => {
    const at = nearestPlace(places, field) ?? { line: split.line, column: 1 }
    return { code: 'schema', field, message, ...at }
  })
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  return problems.length > 0
    ? { body, problems, warnings, places }
    : { task: values as unknown as TaskInput, body, problems, warnings, places }
}

/** Where a field stands, or the mapping in which it is missing. */
function nearestPlace(
  places: ReadonlyMap<string, TextPlace>,
  field: string,
): TextPlace | undefined {
  for (let path = field; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
    const place = places.get(path)
    if (place !== undefined) return place
  }
  return undefined
}
