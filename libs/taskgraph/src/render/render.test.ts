import { describe, expect, test } from 'vitest'
import { TaskGraph, textTable, toDot, toMermaid } from '../index.ts'
import { oneLine } from './plain-text.ts'

const graph = () =>
  TaskGraph.fromTasks([
    { id: 'a', name: 'First', dependsOn: [], status: 'completed' },
    { id: 'b -> "c"', name: 'Say "hi" <b>#1</b>\n`x`', dependsOn: ['a'] },
    { id: 'd', name: 'D', dependsOn: ['a', 'ghost'], status: 'pending' },
  ])

test('Mermaid numbers its nodes and encodes every sign that it would read', () => {
  expect(toMermaid(graph(), { highlight: ['a', 'd'] })).toBe(
    [
      'flowchart LR',
      '  n0["First"]',
      '  n1["Say #34;hi#34; #60;b#62;#35;1#60;/b#62; #96;x#96;"]',
      '  n2["D"]',
      '  n3["ghost"]',
      '  n0 --> n1',
      '  n0 --> n2',
      '  n3 --> n2',
      '  classDef completed fill:#d3f9d8',
      '  classDef unresolved stroke-dasharray:4',
      '  classDef critical stroke-width:3px',
      '  class n0 completed',
      '  class n0,n2 critical',
      '  class n3 unresolved',
      '  linkStyle 1 stroke-width:3px',
      '',
    ].join('\n'),
  )
  expect(toMermaid(new TaskGraph(), { direction: 'TB' })).toBe('flowchart TB\n')
})

test('DOT quotes ids and names', () => {
  expect(toDot(graph(), { highlight: ['a', 'd'] })).toBe(
    [
      'digraph tasks {',
      '  rankdir=LR;',
      '  node [shape=box];',
      '  "a" [label="First", style=filled, fillcolor="#d3f9d8", penwidth=3];',
      String.raw`  "b -> \"c\"" [label="Say \"hi\" <b>#1</b> ${'`x`'}"];`,
      '  "d" [label="D", penwidth=3];',
      '  "ghost" [label="ghost", style=dashed];',
      String.raw`  "a" -> "b -> \"c\"";`,
      '  "a" -> "d" [penwidth=3];',
      '  "ghost" -> "d";',
      '}',
      '',
    ].join('\n'),
  )
  const tail = TaskGraph.fromTasks([{ id: 'a\\', name: '\\', dependsOn: [] }])
  const bell = TaskGraph.fromTasks([{ id: 'a\u0007\n', name: 'A', dependsOn: [] }])
  expect(toDot(bell)).toContain(String.raw`  "a\\u{7}\\u{a}" [label="A"];`)
  expect(toDot(tail)).toContain(String.raw`  "a\\" [label="\\"];`)
})

describe('plain text', () => {
  test('a table aligns its columns and clips long cells', () => {
    const columns = [
      { title: 'id' },
      { title: 'cost', align: 'right' },
      { title: 'name', maxWidth: 6 },
    ] as const
    expect(
      textTable(columns, [
        ['a', 10, 'short'],
        ['日本', 2.5, 'much longer'],
      ]),
    ).toBe(['ID    COST  NAME', 'a       10  short', '日本   2.5  much …'].join('\n'))
  })

  test('no cell can reach the terminal', () => {
    expect(oneLine('a\u001B[31mred\u0007\r\nb\u202Ec')).toBe('a [31mred b c')
  })
})
