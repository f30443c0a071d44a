import { Value } from '@alkdev/typebox/value'
import { InvalidInputError } from '../errors.ts'
import { SerializedGraph } from '../schema/serialized.ts'
import type { InputProblem } from '../errors.ts'
import type { TSchema } from '@alkdev/typebox'

const MAX_PROBLEMS = 100

/** Every way in which a value does not fit a schema, 100 at most. */
export function problemsOf(schema: TSchema, value: unknown): InputProblem[] {
  const problems: InputProblem[] = []
  for (const { path, message } of Value.Errors(schema, value)) {
    problems.push({ path, message })
    if (problems.length === MAX_PROBLEMS) break
  }
  return problems
}

/** Checks the stored form of a graph, and that its edges have both ends. Throws InvalidInputError with every problem. */
export function readSerialized(data: unknown): SerializedGraph {
  if (!Value.Check(SerializedGraph, data))
    throw new InvalidInputError(problemsOf(SerializedGraph, data))
  const keys = new Set<string>()
  const problems: InputProblem[] = []
  for (const [at, { key }] of data.nodes.entries()) {
    if (keys.has(key))
      problems.push({ path: `/nodes/${at}/key`, message: `the key "${key}" is there twice` })
    keys.add(key)
  }
  const pairs = new Set<string>()
  for (const [at, { source, target }] of data.edges.entries()) {
    for (const [end, key] of Object.entries({ source, target })) {
      if (!keys.has(key))
        problems.push({ path: `/edges/${at}/${end}`, message: `there is no node "${key}"` })
    }
    const pair = JSON.stringify([source, target])
    if (pairs.has(pair))
      problems.push({ path: `/edges/${at}`, message: 'the pair has an edge already' })
    pairs.add(pair)
  }
  if (problems.length > 0) throw new InvalidInputError(problems.slice(0, MAX_PROBLEMS))
  return data
}
