import type { ServerResponse } from 'node:http'
import { must } from '@alkdev/std'
import { pointerGet } from '../../json-pointer.ts'
import { answerJson, echoServer } from './echo-server.ts'
import type { EchoServer, SeenRequest } from './echo-server.ts'
import { sample } from './sample.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * A server made from an OpenAPI document alone: finds the operation by method and path, complains (400) about what the document asks for and the request has not,
 * and answers with a sample of the first success that the document has.
 */
export function documentServer(document: Fields): Promise<EchoServer> {
  const deref = (node: unknown): Fields => {
    let found = node as Fields
    while (typeof found['$ref'] === 'string')
      found = pointerGet(document, decodeURIComponent(found['$ref'].slice(1))) as Fields
    return found
  }
  const routes = Object.entries((document['paths'] ?? {}) as Fields).map(([path, item]) => ({
    path,
    item: deref(item),
    // A path that begins like another but has fewer places wins, as OpenAPI has it.
    places: (path.match(/\{/g) ?? []).length,
    pattern: new RegExp(
      `^${path
        .split('?')[0]
        ?.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)
        .replaceAll(/\{[^{}]+\}/g, '([^/]+)')}$`,
    ),
  }))
  return echoServer((request, response) => {
    const path = must(request.url.split('?')[0], 'a path')
    const matching = routes
      .filter(
        (route) =>
          route.pattern.test(path) && route.item[request.method.toLowerCase()] !== undefined,
      )
      .toSorted((a, b) => a.places - b.places)
    const [route] = matching
    if (route === undefined) return answerJson(response, { error: 'no such operation' }, 404)
    const operation = deref(route.item[request.method.toLowerCase()])
    const missing = missingParts(request, [route.item, operation], deref)
    if (missing.length > 0) return answerJson(response, { missing }, 400)
    return answerSample(response, operation, document, deref)
  })
}

function missingParts(
  request: SeenRequest,
  levels: readonly Fields[],
  deref: (node: unknown) => Fields,
): string[] {
  const missing: string[] = []
  const query = new URLSearchParams(request.url.split('?')[1] ?? '')
  for (const level of levels)
    for (const node of (level['parameters'] ?? []) as unknown[]) {
      const { name, in: place, required, style, schema } = deref(node)
      if (required !== true || typeof name !== 'string') continue
      const spread = style === 'deepObject' || deref(schema ?? {})['type'] === 'object'
      if (place === 'query' && !spread && !query.has(name)) missing.push(`query ${name}`)
      const said = ['accept', 'content-type', 'authorization'].includes(name.toLowerCase())
      if (place === 'header' && !said && request.headers[name.toLowerCase()] === undefined)
        missing.push(`header ${name}`)
      if (place === 'cookie' && !spread && !(request.headers.cookie ?? '').includes(`${name}=`))
        missing.push(`cookie ${name}`)
    }
  const operation = levels.at(-1)
  if (operation?.['requestBody'] === undefined) return missing
  const body = deref(operation['requestBody'])
  const content = (body['content'] ?? {}) as Fields
  const type = (request.headers['content-type'] ?? '').split(';')[0] ?? ''
  if (request.body.length === 0) {
    if (body['required'] === true) missing.push('body')
  } else if (
    !Object.keys(content).some((said) => said.split(';')[0] === type || said.includes('*'))
  )
    missing.push(`content-type ${Object.keys(content).join(' or ')}, got ${type}`)
  return missing
}

function answerSample(
  response: ServerResponse,
  operation: Fields,
  document: Fields,
  deref: (node: unknown) => Fields,
): void {
  const responses = (operation['responses'] ?? {}) as Fields
  const status = Object.keys(responses).find((key) => key.startsWith('2')) ?? 'default'
  const said = responses[status] === undefined ? {} : deref(responses[status])
  const content = (said['content'] ?? {}) as Fields
  const json = Object.keys(content).find((type) => /json|\*\/\*/.test(type))
  const type = json ?? Object.keys(content)[0]
  const code = /^\d+$/.test(status) ? Number(status) : 200
  if (type === undefined) {
    response.writeHead(code).end()
    return
  }
  const value = sample(deref(content[type])['schema'], document)
  const contentType = type.includes('*') ? 'application/json' : type
  response.writeHead(code, { 'content-type': contentType })
  response.end(json === undefined && typeof value === 'string' ? value : JSON.stringify(value))
}
