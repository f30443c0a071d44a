import { compileSchema } from '../validator.ts'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSchemaCompatible } from './is-schema-compatible.ts'
import type { JsonSchema } from '../../registry/types.ts'
import type { Undeclared } from './comparison.ts'

type Schema = Readonly<Record<string, unknown>> | boolean

const names = ['a', 'b', 'c'] as const
const scalars: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  2,
  -1,
  1.5,
  0.3,
  6,
  '',
  'a',
  'ab',
  '\u00a0',
  'a\n',
]

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#'
const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema'
const conditional = ['if', 'then', 'else'] as const

const leaf: fc.Arbitrary<Schema> = fc.oneof(
  fc.constant<Schema>({}),
  fc.boolean(),
  fc.constantFrom(...scalars).map((value) => ({ const: value })),
  fc.subarray([...scalars], { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
  fc
    .subarray(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'], {
      minLength: 1,
      maxLength: 3,
    })
    .map((type) => ({ type })),
  fc.record(
    {
      type: fc.constantFrom('number', 'integer'),
      minimum: fc.integer({ min: -1, max: 2 }),
      maximum: fc.integer({ min: 0, max: 6 }),
      exclusiveMinimum: fc.constantFrom(-1, 0, 0.5, 1),
      exclusiveMaximum: fc.constantFrom(1, 1.5, 2, 7),
      multipleOf: fc.constantFrom(1, 2, 3, 6, 0.5, 0.1),
    },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      type: fc.constant('string'),
      minLength: fc.integer({ min: 0, max: 2 }),
      maxLength: fc.integer({ min: 0, max: 3 }),
      pattern: fc.constantFrom('^a', 'b$', '', '^\\s$', '^.*$'),
      nullable: fc.constant(true),
    },
    { requiredKeys: ['type'] },
  ),
)

const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom(...names), tie('schema'), { maxKeys: 3 }),
        required: fc.subarray([...names]),
        additionalProperties: tie('schema'),
        patternProperties: fc.dictionary(fc.constantFrom('^a', '^b', '.', '^.*$'), tie('schema'), {
          maxKeys: 1,
        }),
        propertyNames: fc.constantFrom<Schema>(
          { pattern: '^a' },
          { maxLength: 1 },
          { enum: ['a', 'b'] },
        ),
        minProperties: fc.integer({ min: 0, max: 2 }),
        maxProperties: fc.integer({ min: 0, max: 3 }),
        dependentRequired: fc.constantFrom({ a: ['b'] }, { b: ['a', 'c'] }),
        dependentSchemas: fc.dictionary(fc.constantFrom(...names), tie('schema'), { maxKeys: 1 }),
        unevaluatedProperties: fc.constantFrom<Schema>(false, true, { type: 'number' }),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        type: fc.constant('array'),
        items: fc.oneof(
          { weight: 3, arbitrary: tie('schema') },
          { weight: 1, arbitrary: fc.array(tie('schema'), { maxLength: 2 }) },
        ),
        prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        minItems: fc.integer({ min: 0, max: 2 }),
        maxItems: fc.integer({ min: 0, max: 3 }),
        uniqueItems: fc.boolean(),
        contains: tie('schema'),
        additionalItems: tie('schema'),
        minContains: fc.integer({ min: 0, max: 2 }),
        maxContains: fc.integer({ min: 1, max: 2 }),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
        oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        not: tie('schema'),
        $ref: fc.constantFrom('#/$defs/d', '#/$defs/e'),
      },
      { requiredKeys: [] },
    ),
    fc
      .tuple(tie('schema'), tie('schema'), tie('schema'))
      .map((parts) => Object.fromEntries(conditional.map((keyword, at) => [keyword, parts[at]]))),
  ),
}))

/** A document with definitions, so that references lead somewhere; they are kept below a property, where recursion ends. */
const document: fc.Arbitrary<JsonSchema> = fc
  .tuple(
    schema,
    schema,
    schema,
    fc.constantFrom(undefined, undefined, undefined, DRAFT_07, DRAFT_2020),
  )
  .map(([root, d, e, $schema]) =>
    typeof root === 'boolean'
      ? root
      : {
          ...root,
          ...($schema !== undefined && { $schema }),
          $defs: { d: { properties: { a: d } }, e: { items: e } },
        },
  )

/** Two schemas that have something to do with each other: the second is often the first with a part left out. */
const pair: fc.Arbitrary<readonly [JsonSchema, JsonSchema]> = fc.oneof(
  fc.tuple(document, document),
  document.chain((one) => fc.tuple(fc.constant(one), loosened(one))),
  document.chain((one) => fc.tuple(loosened(one), fc.constant(one))),
  fc
    .tuple(document, document, document)
    .map(([a, b, c]) => [{ allOf: [a, b] }, { anyOf: [a, c] }] as const),
)

function loosened(one: JsonSchema): fc.Arbitrary<JsonSchema> {
  if (typeof one === 'boolean') return fc.constant(one)
  return fc.subarray(Object.keys(one)).map((keys) => {
    const kept = Object.entries(one).filter(([key]) => keys.includes(key) || key === '$defs')
    return Object.fromEntries(kept) as JsonSchema
  })
}

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(...scalars),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names, 'ab', 'z', 'a\n', '\u00a0'), tie('value'), {
      maxKeys: 4,
    }),
  ),
}))

const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false })

/** Two validators that read schemas in their own ways: what each takes for an output it has to take as input. */
const judges: readonly ((schema: JsonSchema) => Judge)[] = [
  (schema) => {
    // Ajv passes over keywords that stand behind a tuple that is longer than the array.
    if (/prefixItems|"items":\[/.test(JSON.stringify(schema))) throw new Error('not judged')
    return ajv.compile(schema as object)
  },
  (schema) => compileSchema(schema).check,
]

type Judge = (candidate: unknown) => boolean

function compile(judge: (schema: JsonSchema) => Judge, schema: JsonSchema): Judge | undefined {
  try {
    return judge(schema)
  } catch {
    return undefined
  }
}

/** The result of the validator; `undefined` where it has none (cyclic references, generated code that throws). */
function accepts(
  validate: (candidate: unknown) => boolean,
  candidate: unknown,
): boolean | undefined {
  try {
    return validate(candidate)
  } catch {
    return undefined
  }
}

test(
  'compatible is never said when a value satisfies the output and not the input',
  { timeout: 600_000 },
  () => {
    let compatible = 0
    let compared = 0
    const values = fc.array(value, { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(
        pair,
        values,
        fc.constantFrom(...judges),
        ([output, input], candidates, judge) => {
          if (!isSchemaCompatible(output, input)) return
          const [gives, takes] = [compile(judge, output), compile(judge, input)]
          if (gives === undefined || takes === undefined) return
          compatible += 1
          for (const candidate of candidates) {
            const given = accepts(gives, candidate)
            if (given === undefined) return
            if (!given) continue
            compared += 1
            if (accepts(takes, candidate) !== false) continue
            expect({ output, input, candidate }).toBe('no counterexample')
          }
        },
      ),
      { numRuns: Number(process.env['FIT_RUNS'] ?? 500) },
    )
    // The property would hold for a function that always says no; it has to have been put to the test.
    expect(compatible).toBeGreaterThan(20)
    expect(compared).toBeGreaterThan(40)
  },
)

test('a schema fits itself, and a union that it is part of', () => {
  fc.assert(
    fc.property(document, leaf, (one, other) => {
      expect(isSchemaCompatible(one, structuredClone(one))).toBe(true)
      const self =
        typeof one === 'boolean'
          ? one
          : { ...one, $defs: undefined, $ref: undefined, $schema: undefined }
      if (/\$ref|additionalItems|"items":\[/.test(JSON.stringify(self))) return
      expect(isSchemaCompatible(self, { anyOf: [other, self] })).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('answers are the same for both readings when nothing is left undeclared', () => {
  const readings: readonly Undeclared[] = ['possible', 'absent']
  const closed = fc
    .dictionary(fc.constantFrom(...names), leaf, { minKeys: 1 })
    .chain((properties) =>
      fc.subarray(Object.keys(properties)).map((required) => ({
        type: 'object',
        properties,
        required,
        additionalProperties: false,
      })),
    )
  fc.assert(
    fc.property(closed, closed, (output, input) => {
      const [strict, declared] = readings.map((undeclared) =>
        isSchemaCompatible(output, input, { undeclared }),
      )
      expect(strict).toBe(declared)
    }),
    { numRuns: 500 },
  )
})
