import { query, Type } from '@alkdev/spoke'
import type { SpokeOperation } from '@alkdev/spoke'
import type { Upstream } from './upstream.ts'

const Input = Type.Object({
  query: Type.String({ minLength: 1, maxLength: 400, description: 'Words to search for.' }),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 10 })),
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 10, default: 1 })),
  language: Type.Optional(
    Type.String({ pattern: '^[a-z]{2}(-[A-Z]{2})?$', description: 'For instance `en`.' }),
  ),
})
const Output = Type.Object({
  results: Type.Array(
    Type.Object({
      title: Type.String(),
      url: Type.String(),
      snippet: Type.String({ description: 'A passage of the page, as plain text.' }),
    }),
    { maxItems: 20 },
  ),
})

/** The operation `web.search`. Callers need the scope `web:search`. */
export function searchOperation(upstream: Upstream): SpokeOperation {
  return query(
    {
      id: 'web.search',
      title: 'Search the web',
      description: 'Searches the web and returns titles, addresses and passages of the best pages.',
      tags: ['web', 'internet'],
      input: Input,
      output: Output,
      scopes: ['web:search'],
      errorSchemas: [
        {
          code: 'SEARCH_LIMITED',
          description: 'The search service allows no more searches now.',
          schema: Type.Object({ retryAfterMs: Type.Optional(Type.Number()) }),
          httpStatus: 429,
        },
        {
          code: 'SEARCH_FAILED',
          description:
            'The search service is unreachable, refused the search, or gave an answer in another format.',
          schema: Type.Object({ status: Type.Optional(Type.Integer()) }),
          httpStatus: 502,
        },
      ],
    },
    async ({ query: words, count = 10, page = 1, language }, { signal }) => {
      const search = { query: words, count, page, ...(language !== undefined && { language }) }
      return { results: await upstream(search, signal) }
    },
  )
}
