import { fullFormats } from 'ajv-formats/dist/formats.js'
import { str } from 'ajv'
import type { KeywordDefinition, Options } from 'ajv'
import { step } from './complexity-limit.ts'
import { linearRegExp } from './linear-regexp.ts'
import type { Dialect } from './dialect.ts'
import { isMultipleOf } from './multiple-of.ts'
import { hasUniqueItems } from './unique-items.ts'

const regExp: NonNullable<NonNullable<Options['code']>['regExp']> = Object.assign(
  (pattern: string) => linearRegExp(pattern),
  { code: 'linearRegExp' },
)

/**
 * Ajv's expression for `url` (which is no format of JSON Schema) takes time in the square of the length; the platform's parser does not. Its
 * `uuid` takes `urn:uuid:` before the id, which the format does not allow and no column of ids takes.
 */
const formats = {
  ...fullFormats,
  url: (text: string) => /^(?:https?|ftp):\/\//i.test(text) && URL.canParse(text),
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
}

export interface CompileChoice {
  readonly allErrors: boolean
  /** Tell own properties from those that all objects have. */
  readonly inherited: boolean
  readonly large?: boolean
  /** For schemas as values: patterns are judged by the engine that will run them. */
  readonly meta?: boolean
}

/** How every schema is compiled. */
export function ajvOptions(choice: CompileChoice): Options {
  return {
    allErrors: choice.allErrors,
    ownProperties: choice.inherited,
    strict: false,
    logger: false,
    validateSchema: false,
    // Larger parts are called, not copied: a small schema could ask for megabytes of code.
    inlineRefs: 16,
    formats: choice.meta === true ? { ...formats, regex: true } : formats,
    // Its optimizer takes time in the square of the size.
    code: { regExp, optimize: choice.large !== true },
  }
}

/** Put into every part of a schema with references, where it counts the steps of an evaluation. */
export const STEP_KEYWORD = 'alkdev-step'

interface KeywordHost {
  removeKeyword(keyword: string): unknown
  addKeyword(definition: KeywordDefinition): unknown
  getKeyword(keyword: string): KeywordDefinition | boolean
}

/**
 * Ajv's `multipleOf` divides binary fractions, so that 0.07 is none of 0.01. Its `uniqueItems` compares every pair; ours takes time in proportion to the array. It and `contains` have to stand before the keyword
 * for tuples: Ajv (8.20) passes over whatever comes after it when the array is shorter than the tuple.
 */
export function withOurKeywords<T extends KeywordHost>(ajv: T, dialect: Dialect): T {
  const before = dialect === 'draft-07' ? 'items' : 'prefixItems'
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    before,
    compile: (unique: boolean) => (unique ? hasUniqueItems : () => true),
    errors: false,
    error: { message: 'must not have equal items' },
  })
  const contains = ajv.getKeyword('contains')
  if (typeof contains === 'object') {
    ajv.removeKeyword('contains')
    ajv.addKeyword({ ...contains, before })
  }
  ajv.removeKeyword('multipleOf')
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    compile: (of: number) => (value: number) => isMultipleOf(value, of),
    errors: false,
    error: { message: ({ schemaCode }) => str`must be a multiple of ${schemaCode}` },
  })
  ajv.addKeyword({
    keyword: STEP_KEYWORD,
    schemaType: 'boolean',
    before: '$ref',
    errors: false,
    // The result must be used: Ajv drops calls with an unused result.
    compile: () => step,
  })
  return ajv
}
