import { expect, test } from 'vitest'
import { mapMCPContentBlocks } from '../../../from-mcp.ts'

test('the five kinds of blocks keep their content', () => {
  const annotations = { audience: ['user' as const], priority: 1 }
  const blocks = [
    { type: 'text', text: 'a', annotations },
    { type: 'image', data: 'AA', mimeType: 'image/png' },
    { type: 'audio', data: 'AA', mimeType: 'audio/wav' },
    { type: 'resource', resource: { uri: 'a:b', text: 'x' } },
    { type: 'resource_link', uri: 'a:b', name: 'n', description: 'd', mimeType: 'text/plain' },
  ]
  expect(mapMCPContentBlocks(blocks)).toEqual(blocks)
})

test('missing types and names are added, and a block of an unknown kind becomes text', () => {
  const { type: _, ...nameless } = { type: 'x', a: 1 }
  expect(
    mapMCPContentBlocks([
      { type: 'image', data: 'AA' },
      { type: 'audio', data: 'AA' },
      { type: 'resource_link', uri: 'a:b' },
      { type: 'image' },
      { type: 'video', data: 1 },
      nameless,
      'text',
      null,
      undefined,
    ]),
  ).toEqual([
    { type: 'image', data: 'AA', mimeType: 'application/octet-stream' },
    { type: 'audio', data: 'AA', mimeType: 'audio/octet-stream' },
    { type: 'resource_link', uri: 'a:b', name: 'a:b' },
    { type: 'text', text: '{"type":"image"}' },
    { type: 'text', text: '{"type":"video","data":1}' },
    { type: 'text', text: '{"a":1}' },
    { type: 'text', text: '"text"' },
    { type: 'text', text: 'null' },
    { type: 'text', text: 'null' },
  ])
})
