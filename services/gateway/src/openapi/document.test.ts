import { expect, test } from 'vitest'
import { openapiParts } from './document.ts'

const inputSchema = { $ref: '#/$defs/node', $defs: { node: { type: 'object' } } }
const parts = openapiParts([
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
      errorSchemas: [
        { code: 'TEAPOT', description: 'It is one.', schema: { type: 'object' }, httpStatus: 418 },
      ],
    },
  },
])
const document: unknown = JSON.parse([...parts].join(''))

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
          responses: {
            '418': {
              description: 'TEAPOT: It is one.',
              content: {
                'application/problem+json': {
                  schema: {
                    $ref: '#/components/schemas/Problem',
                    properties: { code: { const: 'TEAPOT' }, details: { type: 'object' } },
                  },
                },
              },
            },
          },
          'x-required-scopes': ['demo:read'],
        },
      },
    },
  })
})

// 18 of the review of first use: linters of OpenAPI warn of an empty list of servers, and of parts that nothing refers to.
test('the document names a server, and each of its components is used', () => {
  expect(document).toMatchObject({ servers: [{ url: '/' }] })
  const { components } = document as { components: Record<string, Record<string, unknown>> }
  const text = JSON.stringify(document)
  const names = Object.entries(components)
    .filter(([kind]) => kind !== 'securitySchemes')
    .flatMap(([kind, parts]) => Object.keys(parts).map((name) => `#/components/${kind}/${name}`))
  expect(names.length).toBeGreaterThan(2)
  expect(names.filter((name) => !text.includes(`"${name}"`))).toEqual([])
})
