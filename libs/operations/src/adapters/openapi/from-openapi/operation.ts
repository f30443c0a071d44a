import { compact } from '@alkdev/std'
import { CallError } from '../../../calls/call-error.ts'
import type { ImportedNames } from '../../imported-name.ts'
import { pointerAppend } from '../../../schema/json-pointer.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import type { AccessControl, OperationContext, OperationType } from '../../../registry/types.ts'
import { compileLater, compileSchema } from '../../../schema/validator.ts'
import { callOperation } from './call.ts'
import { asList, asText } from './document.ts'
import { bodyInputs, inputSchema } from './input-schema.ts'
import { limitSchemaSize } from './schema-size.ts'
import type { LimitedSchema } from './schema-size.ts'
import type { OperationPlan } from './operation-plan.ts'
import { planParameters } from './parameters.ts'
import { parsePath } from './path-template.ts'
import { planBody } from './request-body.ts'
import type { BodyForm } from './request-body.ts'
import { planAnswer } from './responses.ts'
import { MAX_LOOSENED } from './schema-source.ts'
import type { SchemaSource } from './schema-source.ts'
import { planAuthorization } from './security.ts'
import { serverAddress } from './server-url.ts'
import { streamOperation } from './stream.ts'
import type {
  HTTPServiceConfig,
  Node,
  OpenAPIDefinition,
  OpenAPIOperation,
  OpenAPISpec,
} from './types.ts'

/** One method of one path, as found in the document. */
export interface Place {
  readonly method: string
  readonly path: string
  readonly item: Node
  readonly operation: Node
  readonly at: string
}

type Input = Readonly<Record<string, unknown>>

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])
const REPEATABLE = new Set(['PUT', 'DELETE'])

/** Spec and handler of one operation. Throws CallError VALIDATION_ERROR with the fault of the document. */
export function* buildOperation(
  spec: OpenAPISpec,
  source: SchemaSource,
  config: HTTPServiceConfig,
  names: ImportedNames,
  place: Place,
  documentUrl: string | undefined,
): Generator<void, OpenAPIDefinition> {
  const { method, path, item, operation, at } = place
  const reads = method === 'GET' || method === 'HEAD'
  const documentedBody = planBody(spec, operation['requestBody'], `${at}/requestBody`)
  // In HTTP the body of a GET has no meaning, and `fetch` does not send one.
  const body = reads ? undefined : documentedBody
  const itemAt = pointerAppend('/paths', path)
  const pathParts = parsePath(path)
  const parameters = planParameters(
    spec,
    pathParts,
    itemAt,
    [
      { list: item['parameters'], at: `${itemAt}/parameters` },
      { list: operation['parameters'], at: `${at}/parameters` },
    ],
    body === undefined ? [] : ['body'],
  )
  const inputs = bodyInputs(body, parameters)
  const answer = yield* planAnswer(spec, source, operation['responses'], `${at}/responses`)
  const taken = yield* inputSchema(source, parameters, body, inputs)
  const input = usable(taken.schema)
  const check = config.checkOutput !== false
  const output = usable(answer.schema)
  const loosened = {
    ...loosenedOf('inputSchema', input, [
      ...taken.loosened,
      ...(reads && documentedBody?.forms.some(hasContent) === true
        ? [`${at}/requestBody is not sent`]
        : []),
    ]),
    ...loosenedOf('outputSchema', output, answer.loosened),
  }
  const plan: OperationPlan = {
    spec,
    config,
    label: `${method} ${path}`,
    authorize: planAuthorization(spec, operation, config),
    request: {
      spec,
      method,
      path: pathParts,
      server: serverAddress(config, [operation, item, spec], documentUrl, at),
      parameters,
      body,
      bodyInput: inputs.body,
      contentTypeInput: inputs.contentType,
      accept: answer.accept,
    },
    answer: { kinds: answer.kinds, documented: answer.documented },
    output: check ? compileSchema(output.schema) : undefined,
  }
  const type: OperationType = answer.streams
    ? 'subscription'
    : READING.has(method)
      ? 'query'
      : 'mutation'
  const original = asText(operation['operationId']) ?? nameFromPath(method, path)
  const title = asText(operation['summary'])
  return {
    namespace: config.namespace,
    name: names.take(original),
    version: (asText(spec.info?.version) ?? '1.0.0').slice(0, 64),
    type,
    description: (asText(operation['description']) ?? title ?? `${method} ${path}`).slice(
      0,
      16_384,
    ),
    ...compact({ title: title?.slice(0, 200) }),
    tags: tagsOf(operation),
    inputSchema: input.schema,
    outputSchema: check ? output.schema : {},
    accessControl: accessOf(config, operation, method, path),
    ...hintsOf(method),
    _meta: {
      method,
      path,
      ...compact({ summary: title }),
      operationId: original,
      ...(operation['deprecated'] === true && { deprecated: true }),
      parameters: Object.fromEntries(
        parameters.map(({ input, name, in: where }) => [input, { in: where, name }]),
      ),
      ...(body !== undefined && { contentType: body.forms[0].contentType }),
      ...compact({ contentTypeInput: inputs.contentType }),
      ...(!check && { outputSchema: output.schema }),
      ...(Object.keys(loosened).length !== 0 && { loosened }),
    },
    handler:
      type === 'subscription'
        ? async function* (given: Input, context: OperationContext) {
            yield* streamOperation(plan, given, context)
          }
        : (given: Input, context: OperationContext) => callOperation(plan, given, context),
  }
}

function hintsOf(method: string): Pick<OpenAPIDefinition, 'hints'> {
  if (READING.has(method)) return { hints: { readOnly: true, idempotent: true } }
  return { hints: { destructive: method === 'DELETE', idempotent: REPEATABLE.has(method) } }
}

/** `GET /pets/{id}/toys` as `get_pets_toys`; `GET /` as `get_root`. */
function nameFromPath(method: string, path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && !part.includes('{'))
  return `${method.toLowerCase()}_${parts.length === 0 ? 'root' : parts.join('_')}`
}

function tagsOf(operation: Node): string[] {
  const texts = asList(operation['tags']).filter((tag) => typeof tag === 'string' && tag !== '')
  return [...new Set((texts as string[]).map((tag) => tag.slice(0, 64)))].slice(0, 64)
}

function accessOf(
  { accessControl }: HTTPServiceConfig,
  operation: OpenAPIOperation,
  method: string,
  path: string,
): AccessControl {
  if (typeof accessControl === 'function') return accessControl(operation, method, path)
  return accessControl ?? { requiredScopes: [] }
}

/** Converted schemas are valid, so they are compiled at the first call: at import that would take most of the time. */
function usable(schema: unknown): LimitedSchema {
  const limited = limitSchemaSize(schema)
  compileLater(limited.schema)
  return limited
}

/** Generators declare an empty form for every GET. */
function hasContent({ schema }: BodyForm): boolean {
  if (!isPlainObject(schema) || !isPlainObject(schema['properties'])) return true
  return Object.keys(schema['properties']).length > 0
}

/** The parts of the document that a schema omits: what cannot be expressed, and what was left out for its size. */
function loosenedOf(
  name: string,
  { loosened }: LimitedSchema,
  notes: readonly string[],
): Record<string, readonly string[]> {
  const all = [...(loosened === undefined ? [] : [loosened]), ...notes]
  if (all.length === 0) return {}
  return {
    [name]: all.length > MAX_LOOSENED ? [...all.slice(0, MAX_LOOSENED), 'and more'] : all,
  }
}

/**
 * The reason why a place of the document can't become an operation. Any error other than a CallError is an internal fault and is thrown.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof CallError) return error.message
  throw error
}
