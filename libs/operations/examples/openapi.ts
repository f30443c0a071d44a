// An HTTP API as operations: from its OpenAPI document, called over HTTP. And operations as an OpenAPI document.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CallError, OperationRegistry } from '@alkdev/operations'
import { FromOpenAPI, parseDocument } from '@alkdev/operations/from-openapi'
import { toOpenAPI } from '@alkdev/operations/to-openapi'

const document = parseDocument(`
openapi: 3.1.0
info: { title: Tulips, version: 1.2.0 }
paths:
  /tulips/{id}:
    get:
      operationId: tulips/get
      summary: One tulip
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer } }
        - { name: fields, in: query, explode: false, schema: { type: array, items: { type: string } } }
      security: [{ key: [] }]
      responses:
        200:
          description: It.
          content: { application/json: { schema: { $ref: '#/components/schemas/Tulip' } } }
components:
  schemas:
    Tulip: { type: object, required: [id, colour], properties: { id: { type: integer }, colour: { type: string } } }
  securitySchemes:
    key: { type: apiKey, in: header, name: x-key }
`)

const server = createServer((request, response) => {
  console.log(request.method, request.url, 'key:', request.headers['x-key'])
  response.setHeader('content-type', 'application/json')
  if (request.url?.startsWith('/tulips/7')) response.end('{"id":7,"colour":"red"}')
  else response.writeHead(404).end('{"why":"no such tulip"}')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo

const registry = new OperationRegistry()
registry.registerAll(
  FromOpenAPI(document, {
    namespace: 'garden',
    baseUrl: `http://127.0.0.1:${port}`,
    credentials: { key: { token: 'open-sesame' } },
    timeout: 5000,
  }),
)

const { data, meta } = await registry.execute('garden.tulips_get', {
  id: 7,
  fields: ['id', 'colour'],
})
console.log(data, meta['statusCode'])

try {
  await registry.execute('garden.tulips_get', { id: 8 })
} catch (error) {
  if (error instanceof CallError) console.log(error.code, error.message, error.details)
}

const { openapi, paths } = toOpenAPI(registry, { title: 'Garden' })
console.log(openapi, Object.keys(paths))
server.close()
