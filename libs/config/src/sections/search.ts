import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import type { ConfigFailure } from '../failure.ts'
import { ms, secretText, section, text } from '../field.ts'

export const SearchConfig = section(
  'The second stage of the search of operations. Without `embeddings` there is none.',
  {
    embeddings: Type.Optional(
      text(
        '`provider/model`: the model of embeddings by which operations are found too. It gets the names and descriptions of all operations, and the queries.',
      ),
    ),
    key: Type.Optional(
      secretText(
        'API key of this hub with the scope `inference:use`, whose account sees the provider. The search calls the model with it.',
      ),
    ),
    queryTimeoutMs: ms(
      500,
      'Time for the embedding of a query. A search does not wait longer: then the first stage answers alone.',
      10,
      10_000,
    ),
  },
)
export type SearchConfig = Static<typeof SearchConfig>

/** What the schema can't say. */
export function searchFailures({ embeddings, key }: SearchConfig): ConfigFailure[] {
  if (embeddings === undefined || key !== undefined) return []
  return [{ path: 'search.key', expected: 'is missing; expected an API key of this hub' }]
}
