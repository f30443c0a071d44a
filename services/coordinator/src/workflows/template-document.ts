import { WORKFLOW_LIMITS } from '@alkdev/contracts'
import type { WorkflowProblem } from '@alkdev/contracts'
import { Condition, ItemRef, ResultRef } from '@alkdev/flowgraph'
import { compileLater } from '@alkdev/operations'
import { compact, isNestedDeeper } from '@alkdev/std'
import type { UElement } from '@alkdev/ujsx'

/** Levels of an input or of a condition: references further down are not filled in. */
const MAX_VALUE_NESTING = 60
/** Problems of one template that are given. */
const MAX_PROBLEMS = 100

const TYPES = ['operation', 'sequential', 'parallel', 'conditional', 'map'] as const
type ElementType = (typeof TYPES)[number]

const PROPS: Readonly<Record<ElementType, readonly string[]>> = {
  operation: ['name', 'input', 'retries', 'timeoutMs', 'backoffMs'],
  sequential: [],
  parallel: ['maxConcurrency'],
  conditional: ['test', 'else'],
  map: ['over', 'as', 'maxConcurrency'],
}

/** An operation of a template, wherever it stands. */
export interface TemplateOperation {
  /** Its key, else its name. */
  readonly node: string
  readonly name: string
  readonly input: unknown
  readonly retries: number
}

/** A template that was read. With problems `root` and `operations` hold what could be read. */
export interface TemplateDocument {
  readonly root: UElement
  readonly operations: readonly TemplateOperation[]
  readonly problems: readonly WorkflowProblem[]
}

type Json = Readonly<Record<string, unknown>>
type MutableElement = Omit<UElement, 'props' | 'children'> & {
  props: UElement['props']
  children: UElement[]
}

const EMPTY: UElement = { type: 'sequential', props: {}, children: [] }
const isCondition = compileLater(Condition)
const isResult = compileLater(ResultRef)
const isItem = compileLater(ItemRef)

/** Reads a template: its size, its nesting, its elements and their members. Never throws, whatever it is given. */
export function readTemplate(given: unknown): TemplateDocument {
  const problems: WorkflowProblem[] = []
  const operations: TemplateOperation[] = []
  const report = (problem: WorkflowProblem): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem)
  }
  const nothing = { root: EMPTY, operations, problems }
  if (Buffer.byteLength(JSON.stringify(given) ?? '') > WORKFLOW_LIMITS.templateBytes) {
    const message = `The template has more than ${WORKFLOW_LIMITS.templateBytes} bytes.`
    report({ reason: 'too-large', message })
    return nothing
  }
  const holder: MutableElement = { type: 'sequential', props: {}, children: [] }
  const pending: { value: unknown; path: string; depth: number; into: (made: UElement) => void }[] =
    [{ value: given, path: '', depth: 1, into: (made) => holder.children.push(made) }]
  let elements = 0
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, path, depth, into } = next
    elements += 1
    if (elements > WORKFLOW_LIMITS.templateSteps * 3) {
      const message = `The template has more than ${WORKFLOW_LIMITS.templateSteps * 3} elements.`
      report({ reason: 'too-large', message })
      return nothing
    }
    if (depth > WORKFLOW_LIMITS.nesting) {
      const message = `Elements are nested deeper than ${WORKFLOW_LIMITS.nesting} levels.`
      report({ reason: 'too-deep', message, path })
      continue
    }
    const element = readElement(value, path, report)
    if (element === undefined) continue
    const { type, props, children, key } = element
    const made: MutableElement = {
      type,
      props: { ...props },
      children: [],
      ...compact({ key }),
    }
    into(made)
    if (type === 'operation') operations.push(operationOf(element))
    // The last one is read first.
    if (type === 'conditional' && props['else'] !== undefined) {
      const branch: MutableElement = { type: 'sequential', props: {}, children: [] }
      made.props = { ...made.props, else: branch }
      const place = { path: `${path}/props/else`, depth: depth + 1 }
      pending.push({ value: props['else'], ...place, into: (one) => branch.children.push(one) })
    }
    for (const [at, child] of [...children.entries()].toReversed()) {
      const place = { path: `${path}/children/${at}`, depth: depth + 1 }
      pending.push({ value: child, ...place, into: (one) => made.children.push(one) })
    }
  }
  if (operations.length > WORKFLOW_LIMITS.templateSteps) {
    const message = `The template has more than ${WORKFLOW_LIMITS.templateSteps} steps.`
    report({ reason: 'too-large', message })
  }
  if (operations.length === 0 && problems.length === 0)
    report({ reason: 'malformed', message: 'The template has no operation.' })
  return { root: holder.children[0] ?? EMPTY, operations, problems }
}

interface ReadElement {
  readonly type: ElementType
  readonly props: Json
  readonly children: readonly unknown[]
  readonly key?: string
}

type Report = (problem: WorkflowProblem) => void

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readElement(value: unknown, path: string, report: Report): ReadElement | undefined {
  const malformed = (message: string, below = ''): undefined =>
    report({ reason: 'malformed', message, path: path + below }) as undefined
  if (!isObject(value))
    return malformed('An element is an object `{type, key?, props?, children?}`.')
  const { type, key, props = {}, children = [], ...others } = value
  const [other] = Object.keys(others)
  if (other !== undefined) return malformed(`An element has no member "${other}".`)
  if (!TYPES.includes(type as ElementType))
    return malformed(`The type of an element is one of ${TYPES.join(', ')}.`, '/type')
  if (!isObject(props)) return malformed('The props of an element are an object.', '/props')
  if (!Array.isArray(children))
    return malformed('The children of an element are a list.', '/children')
  if (key !== undefined && (typeof key !== 'string' || !/^[^/[\]]{1,128}$/.test(key)))
    return malformed('A key is a text of at most 128 characters without "/", "[" and "]".', '/key')
  const kind = type as ElementType
  const element: ReadElement = {
    type: kind,
    props,
    children: children as unknown[],
    ...compact({ key }),
  }
  const message = propsProblem(element)
  if (message !== undefined) return malformed(message, '/props')
  if (kind === 'map' && !isCount(props['maxConcurrency'], 1, WORKFLOW_LIMITS.mapConcurrency)) {
    const bound = `A map needs \`maxConcurrency\`, 1 to ${WORKFLOW_LIMITS.mapConcurrency}.`
    return report({
      reason: 'unbounded-map',
      message: bound,
      node: key ?? 'map',
      path,
    }) as undefined
  }
  return element
}

function propsProblem({ type, props, children, key }: ReadElement): string | undefined {
  const unknown = Object.keys(props).find((name) => !PROPS[type].includes(name))
  if (unknown !== undefined) return `An element of type ${type} has no prop "${unknown}".`
  switch (type) {
    case 'operation':
      return operationProblem(props, children, key)
    case 'conditional':
      return isNestedDeeper(props['test'], MAX_VALUE_NESTING) || !isCondition.check(props['test'])
        ? 'A conditional needs a `test`: the key of a step, a boolean, or a condition.'
        : undefined
    case 'map':
      return mapProblem(props, children)
    case 'parallel': {
      const { maxConcurrency } = props
      return maxConcurrency === undefined || isCount(maxConcurrency, 1, 1000)
        ? undefined
        : '`maxConcurrency` is an integer from 1 to 1000.'
    }
    default:
      return undefined
  }
}

function operationProblem(
  { name, input, retries, timeoutMs, backoffMs }: Json,
  children: readonly unknown[],
  key: string | undefined,
): string | undefined {
  if (typeof name !== 'string' || !/^[^/[\]]{1,256}$/.test(name))
    return 'An operation needs a `name`, `namespace.operation`.'
  if ((key ?? name) === INPUT_KEY) return `The key "${INPUT_KEY}" stands for the input of the run.`
  if (children.length > 0) return 'An operation has no children.'
  if (isNestedDeeper(input, MAX_VALUE_NESTING))
    return `The input of an operation is nested deeper than ${MAX_VALUE_NESTING} levels.`
  if (!isCount(retries ?? 0, 0, WORKFLOW_LIMITS.retries))
    return `\`retries\` is an integer from 0 to ${WORKFLOW_LIMITS.retries}.`
  if (!isCount(timeoutMs ?? 1, 1, Number.MAX_SAFE_INTEGER))
    return '`timeoutMs` is a whole number of milliseconds.'
  if (!isCount(backoffMs ?? 0, 0, WORKFLOW_LIMITS.backoffMs))
    return `\`backoffMs\` is an integer from 0 to ${WORKFLOW_LIMITS.backoffMs}.`
  return undefined
}

function mapProblem({ over, as }: Json, children: readonly unknown[]): string | undefined {
  if (isItem.check(over))
    return 'The list of a map inside a map is the result of a step: items of items are not supported.'
  if (!Array.isArray(over) && !isResult.check(over))
    return 'A map needs `over`: a list, or `{"$result": step, "path"?}`.'
  if (typeof as !== 'string' || !/^.{1,64}$/.test(as))
    return 'A map needs `as`, the name of the item.'
  return children.length === 1 ? undefined : 'A map has exactly one child.'
}

function isCount(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}

function operationOf({ props, key }: ReadElement): TemplateOperation {
  const { name, input, retries = 0 } = props as { name: string; input?: unknown; retries?: number }
  return { node: key ?? name, name, input, retries }
}

/** The key of the step that gives the input of the run. */
export const INPUT_KEY = 'input'
