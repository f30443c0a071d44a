// Operations whose schemas are written with Zod or Valibot.
import { OperationRegistry } from '@alkdev/operations'
import { valibotAdapter, zodAdapter } from '@alkdev/operations/from-typemap'
import * as v from 'valibot'
import { z } from 'zod'

const withZod = zodAdapter()
await withZod.init()
const registry = new OperationRegistry({ schemaAdapter: withZod })
registry.register({
  namespace: 'people',
  name: 'greet',
  version: '1.0.0',
  type: 'query',
  description: 'Returns a greeting.',
  inputSchema: withZod.toTypeBox(z.object({ name: z.string().min(1), age: z.int().optional() })),
  outputSchema: withZod.toTypeBox(z.string()),
  accessControl: { requiredScopes: [] },
  handler: ({ name }: { name: string }) => `Hello ${name}`,
})
console.log((await registry.execute('people.greet', { name: 'Ada' })).data)

const withValibot = valibotAdapter()
await withValibot.init()
console.log(
  JSON.stringify(withValibot.toTypeBox(v.object({ name: v.pipe(v.string(), v.minLength(1)) }))),
)
