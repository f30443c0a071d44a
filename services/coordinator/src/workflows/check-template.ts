import { SECRET_OUTPUT, WORKFLOW_STEPS } from '@alkdev/contracts'
import type { WorkflowProblem } from '@alkdev/contracts'
import type { Bus } from '@alkdev/bus'
import { validateTemplate } from '@alkdev/flowgraph'
import type { AnyValidationError } from '@alkdev/flowgraph'
import {
  CallError,
  compileSchema,
  enforceAccess,
  holdsSecrets,
  isExpensive,
  retryClassOf,
} from '@alkdev/operations'
import type { Identity, JsonSchema, OperationSpec } from '@alkdev/operations'
import { builtInSpec, inputSpec, isBuiltIn } from './built-in-steps.ts'
import { withInput } from './compiled-workflow.ts'
import { readTemplate } from './template-document.ts'
import type { TemplateDocument, TemplateOperation } from './template-document.ts'

export interface CheckedTemplate {
  readonly document: TemplateDocument
  readonly problems: readonly WorkflowProblem[]
}

/**
 * Checks a template: its shape and its limits, the order of its steps, and each of its operations against what the caller may call now.
 * Never throws for what is wrong with it.
 */
export async function checkTemplate(
  bus: Pick<Bus, 'lookUp'>,
  caller: Identity,
  template: unknown,
  inputSchema: JsonSchema | undefined,
): Promise<CheckedTemplate> {
  const document = readTemplate(template)
  const problems = [...document.problems]
  if (problems.length > 0) return { document, problems }
  const specs = new Map<string, OperationSpec>([[WORKFLOW_STEPS.INPUT, inputSpec(inputSchema)]])
  for (const name of new Set(document.operations.map((one) => one.name))) {
    // oxlint-disable-next-line no-await-in-loop -- the registry is in memory
    const spec = builtInSpec(name) ?? (await bus.lookUp(name, caller))?.spec
    if (spec !== undefined) specs.set(name, spec)
  }
  for (const operation of document.operations) {
    const spec = specs.get(operation.name)
    if (spec === undefined) {
      const message = `There is no operation ${operation.name}, or your key may not use it.`
      problems.push({ reason: 'unknown-operation', message, node: operation.node })
    } else problems.push(...operationProblems(operation, spec, caller))
  }
  const graph = validateTemplate(withInput(document.root), specs)
  for (const error of graph) {
    const problem = problemOf(error)
    if (problem !== undefined) problems.push(problem)
  }
  return { document, problems }
}

function problemOf(error: AnyValidationError): WorkflowProblem | undefined {
  switch (error.type) {
    case 'graph': {
      const { kind, key, nodeKey, operationId } = error.details
      // Reported for each of its steps.
      if (operationId !== undefined) return undefined
      const node = key ?? nodeKey
      return {
        reason: reasonOf(kind, error.category),
        message: error.message,
        ...(typeof node === 'string' && { node }),
      }
    }
    case 'type-compat': {
      const [first] = error.mismatches
      return {
        reason: 'input-does-not-fit',
        message: `The result of "${error.sourceKey}" does not fit: ${first?.path ?? ''} takes ${first?.expected ?? '?'}, gets ${first?.actual ?? '?'}.`,
        node: error.targetKey,
        ...(first !== undefined && { path: first.path }),
      }
    }
    default:
      return { reason: 'malformed', message: error.message, node: error.nodeKey }
  }
}

function reasonOf(kind: unknown, category: string): WorkflowProblem['reason'] {
  switch (kind) {
    case 'duplicate-key':
    case 'unknown-step':
    case 'cycle':
    case 'too-deep':
      return kind
    default:
      return category === 'orphan-node' && kind === undefined ? 'unreachable' : 'malformed'
  }
}

function operationProblems(
  { node, name, input = {}, retries }: TemplateOperation,
  spec: OperationSpec,
  caller: Identity,
): WorkflowProblem[] {
  const notAllowed = (message: string): WorkflowProblem[] => [
    { reason: 'not-allowed', message: `${name} ${message}`, node },
  ]
  if (spec.type === 'subscription') return notAllowed('is a subscription, which is no step.')
  if (holdsSecrets(spec) || spec._meta?.[SECRET_OUTPUT] === true)
    return notAllowed('takes or gives secrets, which are not stored.')
  if (retries > 0 && !isBuiltIn(name) && retryClassOf(spec) === 'never')
    return notAllowed('must not be repeated (its retry class is `never`): leave out `retries`.')
  if (!hasReferences(input)) {
    try {
      enforceAccess(spec.accessControl, caller, name, input)
    } catch (error) {
      return [{ reason: 'not-allowed', message: CallError.from(error).message, node }]
    }
  }
  return inputProblems(node, name, input, spec.inputSchema)
}

/** What can be said of an input before it is filled in: all of it without references, else whether a required member is missing. */
function inputProblems(
  node: string,
  name: string,
  input: unknown,
  schema: JsonSchema,
): WorkflowProblem[] {
  const misfit = (path: string, message: string): WorkflowProblem => ({
    reason: 'input-does-not-fit',
    message: `The input of ${name}: ${path} ${message}`.replace('  ', ' '),
    node,
    path,
  })
  if (!hasReferences(input)) {
    if (isExpensive(schema)) return []
    const compiled = compileSchema(schema)
    if (compiled.check(input)) return []
    return [...compiled.errors(input)].slice(0, 5).map(({ path, message }) => misfit(path, message))
  }
  const { required } = schema as { required?: unknown }
  if (!Array.isArray(required) || typeof input !== 'object' || input === null) return []
  if (Array.isArray(input) || isReference(input)) return []
  return required
    .filter(
      (member): member is string => typeof member === 'string' && !Object.hasOwn(input, member),
    )
    .map((member) => misfit(`/${member}`, 'is required'))
}

function isReference(value: object): boolean {
  const { $result, $item } = value as { $result?: unknown; $item?: unknown }
  return typeof $result === 'string' || typeof $item === 'string'
}

function hasReferences(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return isReference(value) || Object.values(value).some(hasReferences)
}
