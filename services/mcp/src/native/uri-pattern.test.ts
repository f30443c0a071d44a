import { UriTemplate } from '@modelcontextprotocol/server'
import { expect, test } from 'vitest'
import { MAX_URI, UriPattern } from './uri-pattern.ts'

test.each([
  ['a:{id}', ['a:1', 'a:', 'a:1/2', 'a:1,2', 'b:1', 'a:%20']],
  ['a:{id}/x/{more}', ['a:1/x/2', 'a:1/x/', 'a:x/x/x', 'a:1/y/2']],
  ['a:{+path}', ['a:1/2/3', 'a:']],
  ['a:{+path}/{name}', ['a:1/2/3', 'a:1', 'a:/1', 'a:1/']],
  ['a:{name}{.kind}', ['a:x.txt', 'a:x.y.z', 'a:x', 'a:.x', 'a:x.']],
  ['a:{/folder}{/name}', ['a:/x/y', 'a:/x', 'a:x/y']],
  ['a:{list*}', ['a:1', 'a:1,2,3', 'a:1,,2', 'a:,1', 'a:1,', 'a:1/2']],
  ['a:{list*}{more*}', ['a:12', 'a:1,2', 'a:1']],
  ['a:{/list*}', ['a:/1,2', 'a:/1', 'a:1']],
  ['a:{id}{?q,page}', ['a:1?q=x&page=2', 'a:1?q=x', 'a:1?page=2&q=x', 'a:1?q=a/b,c&page=']],
  ['a:{id}{&q}', ['a:1&q=2', 'a:1?q=2']],
  ['a:{#part}', ['a:#x', 'a:x']],
  ['a:one', ['a:one', 'a:two']],
  ['a:.*', ['a:.*', 'a:xx']],
])('%s fits the same URIs as in the SDK of MCP, with the same variables', (template, uris) => {
  const pattern = UriPattern.of(template)
  for (const uri of uris)
    expect([uri, pattern?.match(uri) ?? null]).toEqual([
      uri,
      new UriTemplate(template).match(uri) ?? null,
    ])
})

test('a text with an open brace, or with too many variables, is no template', () => {
  expect(UriPattern.of('a:{id')).toBeUndefined()
  expect(UriPattern.of(`a:${'{x}/'.repeat(33)}`)).toBeUndefined()
  expect(UriPattern.of(`a:${'{x}/'.repeat(32)}`)).toBeDefined()
})

test('a URI that fits nowhere is soon refused, whatever the template', () => {
  const letters = `a:${'x'.repeat(MAX_URI - 3)}`
  expect(UriPattern.of(`a:${'{+x}'.repeat(32)}!`)?.match(`${letters}y`)).toBeUndefined()
  expect(UriPattern.of('a:{name}{.kind}{.more}/')?.match(`a:${'.'.repeat(2000)},`)).toBeUndefined()
  expect(UriPattern.of(`a:${'{x*}'.repeat(16)}/`)?.match(`a:${'x,'.repeat(1000)}`)).toBeUndefined()
  expect(UriPattern.of('a:{x}')?.match(`${letters}yy`)).toBeUndefined()
})

test('a variable may have any name', () => {
  const found = UriPattern.of('a:{__proto__*}')?.match('a:1,2')
  expect(Object.entries(found ?? {})).toEqual([['__proto__', ['1', '2']]])
})
