import { WORKFLOW_LIMITS, WORKFLOW_STEPS } from '@alkdev/contracts'
import { compileSchema } from '@alkdev/operations'
import type { JsonSchema, OperationSpec } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'

const DelayInput = Type.Union([
  Type.Object(
    { ms: Type.Integer({ minimum: 0, maximum: WORKFLOW_LIMITS.delayMs }) },
    { additionalProperties: false },
  ),
  Type.Object({ until: Type.String({ format: 'date-time' }) }, { additionalProperties: false }),
])

const EventInput = Type.Object(
  {
    event: Type.String({ minLength: 1, maxLength: 128 }),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: WORKFLOW_LIMITS.delayMs })),
  },
  { additionalProperties: false },
)

const ApprovalInput = Type.Object(
  {
    question: Type.String({ minLength: 1, maxLength: 4096 }),
    details: Type.Optional(Type.Unknown()),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: WORKFLOW_LIMITS.delayMs })),
    default: Type.Optional(Type.Union([Type.Literal('allow'), Type.Literal('deny')])),
    askedOf: Type.Optional(
      Type.Array(Type.String({ pattern: '^account:.{1,64}$' }), { minItems: 1, maxItems: 100 }),
    ),
  },
  { additionalProperties: false },
)

const ApprovalOutput = Type.Object(
  {
    decision: Type.Union([Type.Literal('allow'), Type.Literal('deny')]),
    answer: Type.Optional(Type.String()),
    expired: Type.Boolean(),
  },
  { additionalProperties: false },
)

/** What a step asks. */
export type ApprovalQuestion = Static<typeof ApprovalInput>

/** What a built-in step waits for, and how long: milliseconds, or without an end. */
export type StepWait =
  | { readonly kind: 'delay'; readonly ms?: number; readonly until?: string }
  | { readonly kind: 'event'; readonly event: string; readonly timeoutMs?: number }
  /** Its deadline is that of the approval. */
  | { readonly kind: 'approval'; readonly asked: ApprovalQuestion }

interface BuiltInStep {
  readonly input: JsonSchema
  readonly output: JsonSchema
  wait(input: never): StepWait
}

const STEPS: Readonly<Record<string, BuiltInStep>> = {
  [WORKFLOW_STEPS.DELAY]: {
    input: DelayInput,
    output: Type.Object({}, { additionalProperties: false }),
    wait: (input: { ms?: number; until?: string }) => ({ kind: 'delay', ...input }),
  },
  [WORKFLOW_STEPS.EVENT]: {
    input: EventInput,
    output: {},
    wait: (input: { event: string; timeoutMs?: number }) => ({ kind: 'event', ...input }),
  },
  [WORKFLOW_STEPS.APPROVAL]: {
    input: ApprovalInput,
    output: ApprovalOutput,
    wait: (asked: ApprovalQuestion) => ({ kind: 'approval', asked }),
  },
}

export function isBuiltIn(operationId: string): boolean {
  return Object.hasOwn(STEPS, operationId)
}

/** The wait of a built-in step with this input; the failing paths when the input does not fit. */
export function waitOf(
  operationId: string,
  input: unknown,
): { readonly wait: StepWait } | { readonly errors: readonly { path: string; message: string }[] } {
  const step = STEPS[operationId]
  if (step === undefined) throw new RangeError(`${operationId} is no built-in step`)
  const schema = compileSchema(step.input)
  if (!schema.check(input)) return { errors: [...schema.errors(input)] }
  return { wait: step.wait(input as never) }
}

/** The built-in step as an operation, for the check of templates. */
export function builtInSpec(operationId: string): OperationSpec | undefined {
  const step = STEPS[operationId]
  return step && specOf(operationId, step.input, step.output)
}

/** The step that gives the input of the run. */
export function inputSpec(inputSchema: JsonSchema | undefined): OperationSpec {
  return specOf(WORKFLOW_STEPS.INPUT, {}, inputSchema ?? {})
}

function specOf(
  operationId: string,
  inputSchema: JsonSchema,
  outputSchema: JsonSchema,
): OperationSpec {
  const [namespace = '', name = ''] = operationId.split('.')
  return {
    namespace,
    name,
    version: '1.0.0',
    type: 'mutation',
    description: operationId,
    inputSchema,
    outputSchema,
    accessControl: { requiredScopes: [] },
  }
}
