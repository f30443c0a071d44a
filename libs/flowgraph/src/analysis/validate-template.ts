import { describeSchema, Expander, pointer, rootNode } from '@alkdev/operations/internal'
import type { TypeMismatch, Undeclared } from '@alkdev/operations/schema-compatibility'
import { compact } from '@alkdev/std'
import { compileTemplate } from '../template/compile.ts'
import { partsOf } from '../template/part.ts'
import { resultUses } from '../template/refs.ts'
import { schemaAt } from './schema-part.ts'
import { compareNodes, isUnknown } from './type-compat.ts'
import type { UChild } from '@alkdev/ujsx'
import type { JsonSchema } from '@alkdev/operations'
import type { Part } from '../template/part.ts'
import type { ResultUse } from '../template/refs.ts'
import type { Step, StepGraph, TemplateProblem } from '../template/steps.ts'
import type {
  AnyValidationError,
  GraphProblem,
  GraphValidationError,
  TypeIncompatError,
} from '../validation-results.ts'

/** Where operations are looked up: an operation graph, an OperationRegistry, a Map. */
export type OperationSource =
  | {
      hasNode(key: string): boolean
      getNodeAttributes(key: string): Readonly<Record<string, unknown>>
    }
  | { get(key: string): unknown }

interface Schemas {
  readonly inputSchema?: JsonSchema
  readonly outputSchema?: JsonSchema
}

function lookUp(source: OperationSource, key: string): Schemas | undefined {
  if ('getNodeAttributes' in source) {
    return source.hasNode(key) ? source.getNodeAttributes(key) : undefined
  }
  return source.get(key) as Schemas | undefined
}

const CATEGORIES: Readonly<Record<TemplateProblem['kind'], GraphProblem>> = {
  'duplicate-key': 'status-inconsistency',
  'unknown-step': 'dangling-reference',
  cycle: 'cycle',
  'not-a-step': 'orphan-node',
  malformed: 'status-inconsistency',
  'too-deep': 'status-inconsistency',
}

export interface ValidateTemplateOptions {
  /** As in `typeCompat`. Default `absent` here: a template is advised on what its operations declare. */
  readonly undeclared?: Undeclared
}

/**
 * The errors of a template that can be found before it runs; never throws. It finds unknown operations, steps that are missing or named
 * twice, cycles, conditions on their own branch, elements that are not steps, branches that are never taken, and results that do not
 * match the inputs that use them (`$result` references; inputs from functions can't be checked).
 */
export function validateTemplate(
  template: UChild,
  operations: OperationSource,
  options: ValidateTemplateOptions = {},
): AnyValidationError[] {
  let compiled: StepGraph
  try {
    compiled = compileTemplate(template)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [{ type: 'graph', category: 'status-inconsistency', message, details: {} }]
  }
  const steps = [...compiled.steps.values()]
  return [
    ...compiled.problems.map(problemError),
    ...unknownOperations(steps, operations),
    ...neverTaken(steps),
    ...misfits(compiled, operations, options.undeclared ?? 'absent'),
  ]
}

function problemError({ kind, message, key, cycle }: TemplateProblem): GraphValidationError {
  const details = { kind, ...compact({ key, cycle }) }
  return { type: 'graph', category: CATEGORIES[kind], message, details }
}

/** Also those inside of Maps whose items are not known yet. */
function unknownOperations(
  steps: readonly Step[],
  operations: OperationSource,
): GraphValidationError[] {
  const errors: GraphValidationError[] = []
  const seen = new Set<string>()
  const check = (name: unknown, nodeKey: string): void => {
    if (typeof name !== 'string' || lookUp(operations, name) !== undefined || seen.has(name)) return
    seen.add(name)
    errors.push({
      type: 'graph',
      category: 'dangling-reference',
      message: `There is no operation "${name}"`,
      details: { operationId: name, nodeKey },
    })
  }
  for (const step of steps) {
    if (step.kind === 'operation') check(step.part.props['name'], step.key)
    else
      for (const part of partsBelow(step.part))
        if (part.tag === 'operation') check(part.props['name'], step.key)
  }
  return errors
}

function* partsBelow(top: Part): Generator<Part> {
  const pending = [...top.children]
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    yield part
    const { else: otherwise } = part.props as { else?: UChild }
    const below = [...part.children, ...partsOf(otherwise ?? null)]
    for (const child of below.toReversed()) pending.push(child)
  }
}

/** Steps behind a condition that is a constant. */
function neverTaken(steps: readonly Step[]): GraphValidationError[] {
  return steps
    .filter((step) => step.guards.some(({ condition, negated }) => condition === negated))
    .map(({ key }) => ({
      type: 'graph',
      category: 'orphan-node',
      message: `"${key}" is never reached: its condition is a constant`,
      details: { nodeKey: key },
    }))
}

function misfits(
  compiled: StepGraph,
  operations: OperationSource,
  undeclared: Undeclared,
): TypeIncompatError[] {
  const expander = new Expander()
  const errors: TypeIncompatError[] = []
  for (const step of compiled.steps.values()) {
    const takes =
      step.kind === 'map'
        ? undefined
        : lookUp(operations, String(step.part.props['name']))?.inputSchema
    if (takes === undefined) continue
    for (const use of resultUses(step.part.props['input'])) {
      const sourceKey = compiled.names.resolve(use.step, step.scope)
      const source = compiled.steps.get(sourceKey ?? '')
      if (sourceKey === undefined || source?.kind !== 'operation') continue
      const gives = lookUp(operations, String(source.part.props['name']))?.outputSchema
      if (gives === undefined) continue
      const mismatches = misfit(gives, takes, use, expander, undeclared)
      if (mismatches.length === 0) continue
      errors.push({
        type: 'type-compat',
        sourceKey,
        targetKey: step.key,
        compatible: false,
        mismatches,
      })
    }
  }
  return errors
}

function misfit(
  outputSchema: JsonSchema,
  inputSchema: JsonSchema,
  use: ResultUse,
  expander: Expander,
  undeclared: Undeclared,
): readonly TypeMismatch[] {
  const place = use.to.reduce(pointer, '')
  const output = rootNode(outputSchema)
  const wanted = schemaAt(rootNode(inputSchema), use.to)
  if (isUnknown(output)) return []
  const from = use.from
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const given = schemaAt(output, from)
  if (wanted === undefined || isUnknown(wanted)) return []
  if (given === undefined) {
    const actual = `nothing: the output has no ${use.from}`
    return [{ path: place, expected: describeSchema(wanted), actual, reason: 'missing' }]
  }
  if (isUnknown(given)) return []
  const { mismatches = [] } = compareNodes(given, wanted, expander, undeclared)
  return mismatches.map((mismatch) => ({ ...mismatch, path: place + mismatch.path }))
}
