import { Validator as Independent } from '@cfworker/json-schema'
import { Value } from '@alkdev/typebox/value'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FromSchema } from './from-schema.ts'
import { compileSchema } from './validator.ts'

// An interpreter written by others decides the same generated schemas and values. It knows 2020-12 too, for which npm has no copy of the suite.

const name = fc.constantFrom('a', 'b', 'c', 'constructor')
const type = fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'array', 'object')
const small = fc.integer({ min: 0, max: 3 })

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, 0, 1, 2, 3, -1, 1.5, '', 'a', 'ab', 'abc', '😀'),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(name, tie('any'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any

const schema = fc.letrec((tie) => {
  const one = tie('schema')
  const some = fc.array(one, { minLength: 1, maxLength: 3 })
  const map = fc.dictionary(name, one, { maxKeys: 3, noNullPrototype: true })
  const keywords = {
    type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
    enum: fc.uniqueArray(value, { minLength: 1, maxLength: 4, selector: JSON.stringify }),
    const: value,
    minimum: fc.integer({ min: -1, max: 2 }),
    exclusiveMaximum: fc.integer({ min: 0, max: 3 }),
    multipleOf: fc.constantFrom(1, 2, 0.5),
    minLength: small,
    maxLength: small,
    pattern: fc.constantFrom('^a', 'b$', '^[ab]*$', 'c'),
    minItems: small,
    maxItems: small,
    uniqueItems: fc.boolean(),
    prefixItems: some,
    items: one,
    contains: one,
    minContains: small,
    maxContains: small,
    properties: map,
    patternProperties: fc.dictionary(fc.constantFrom('^a', 'b', 'c$'), one, {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    additionalProperties: one,
    propertyNames: one,
    required: fc.uniqueArray(name, { maxLength: 2 }),
    minProperties: small,
    maxProperties: small,
    dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    dependentSchemas: map,
    allOf: some,
    anyOf: some,
    oneOf: some,
    not: one,
    if: one,
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: one,
    else: one,
    unevaluatedProperties: one,
    unevaluatedItems: one,
  }
  return {
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.boolean(),
      fc.record({ type: keywords.type }),
      fc
        .tuple(
          fc.uniqueArray(fc.constantFrom(...Object.keys(keywords)), { minLength: 1, maxLength: 3 }),
          fc.record(keywords),
        )
        .map(([chosen, all]) =>
          Object.fromEntries(chosen.map((key) => [key, all[key as keyof typeof all]])),
        ),
    ),
  }
}).schema

/** The pair that is refused when it is compiled. */
function beyond(generated: unknown): boolean {
  const text = JSON.stringify(generated)
  return text.includes('"contains"') && text.includes('"unevaluatedItems"')
}

test('generated 2020-12 schemas are decided as an independent validator decides them', () => {
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(schema, fc.array(value, { minLength: 1, maxLength: 8 }), (generated, values) => {
      fc.pre(!beyond(generated))
      const ours = compileSchema(generated)
      const theirs = new Independent(generated, '2020-12')
      const typebox = FromSchema(generated)
      for (const candidate of values) {
        const expected = theirs.validate(candidate).valid
        if (expected) accepted += 1
        else refused += 1
        expect([candidate, ours.check(candidate)]).toEqual([candidate, expected])
        expect([candidate, ours.errors(candidate).length === 0]).toEqual([candidate, expected])
        expect([candidate, Value.Check(typebox, candidate)]).toEqual([candidate, expected])
      }
    }),
    { numRuns: 150 },
  )
  expect(accepted).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(100)
}, 60_000)
