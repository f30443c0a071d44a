export const DRAFT_07 = 'http://json-schema.org/draft-07/schema'
export const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema'

/** The versions of JSON Schema that are understood. */
export type Dialect = 'draft-07' | '2020-12'
