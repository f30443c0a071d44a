import { expect, test } from 'vitest'
import { openapiDocument } from './document.ts'

const inputSchema = { $ref: '#/$defs/node', $defs: { node: { type: 'object' } } }
const document = openapiDocument([
  {
    operationId: 'demo.tree',
    kind: 'pool',
    providers: [],
    spec: {
      namespace: 'demo',
      name: 'tree',
      version: '1.0.0',
      type: 'query',
      description: 'A tree.',
      inputSchema,
      outputSchema: true,
      accessControl: { requiredScopes: ['demo:read'] },
      errorSchemas: [{ code: 'TEAPOT', description: 'It is one.', schema: {}, httpStatus: 418 }],
    },
  },
])

test('a schema with its own references is a component of the OpenAPI document', () => {
  const reference = { $ref: '#/components/schemas/demo.tree.input' }
  expect(document).toMatchObject({
    paths: {
      '/api/operations/demo.tree': {
        post: { requestBody: { content: { 'application/json': { schema: reference } } } },
      },
    },
    components: {
      schemas: {
        'demo.tree.input': { ...inputSchema, $ref: `${reference.$ref}/$defs/node` },
      },
    },
  })
})

test('the OpenAPI document lists the errors and scopes of an operation', () => {
  expect(document).toMatchObject({
    paths: {
      '/api/operations/demo.tree': {
        post: {
          responses: { '418': { description: 'TEAPOT: It is one.' } },
          'x-required-scopes': ['demo:read'],
        },
      },
    },
  })
})
