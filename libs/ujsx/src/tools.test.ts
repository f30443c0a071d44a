import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import {
  Context,
  createRoot,
  Density,
  Direction,
  h,
  proxyEventEmitter,
  RenderContext,
  renderText,
  selectNode,
  setNode,
  TransformRegistry,
  UjsxError,
} from './index.ts'
import type { UElement } from './index.ts'

describe('pointers', () => {
  const tree = h('a', { 'x/y': { n: 1 } }, h('b', { name: 'first' }), 'text')

  test('select what a JSON Pointer leads to', () => {
    expect(selectNode(tree, '')).toBe(tree)
    expect(selectNode(tree, '/children/0/props/name')).toBe('first')
    expect(selectNode(tree, '/props/x~1y/n')).toBe(1)
    expect(selectNode(tree, '/children/7/props')).toBeUndefined()
    expect(selectNode(tree, '/constructor')).toBeUndefined()
    expect(() => selectNode(tree, 'children')).toThrow(UjsxError)
  })

  test('set copies the way and shares the rest', () => {
    const changed = setNode(tree, '/children/0/props/name', 'second')
    expect(selectNode(changed, '/children/0/props/name')).toBe('second')
    expect(selectNode(tree, '/children/0/props/name')).toBe('first')
    expect(changed.props).toBe(tree.props)
    expect(setNode(tree, '/children/-', 'more').children).toHaveLength(3)
    expect(setNode(tree, '', 5)).toBe(5)
    expect(() => setNode(tree, '/children/9', 'x')).toThrow(UjsxError)
    expect(() => setNode(tree, '/nothing/here', 'x')).toThrow('Nothing is at "/nothing/here"')
  })

  test('a step called __proto__ is a property like any other', () => {
    const changed = setNode(tree, '/props/__proto__', { polluted: true })
    expect(Object.hasOwn(changed.props, '__proto__')).toBe(true)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('TransformRegistry', () => {
  const registry = new TransformRegistry<{ readonly mark: string }>()
    .register('task', (element, context) => h('item', null, context.mark, ...element.children))
    .register('tasks', (element) => [
      h('heading', null, 'Tasks'),
      h('list', null, ...element.children),
    ])

  test('applies its rules from the leaves up and leaves other tags alone', () => {
    const [one, ...others] = registry.apply(
      h('section', null, h('tasks', null, h('task', null, 'write'))),
      { mark: '> ' },
    )
    expect(others).toEqual([])
    expect(renderText(one)).toBe('# Tasks\n\n- > write')
    expect(registry.apply(createRoot('r', h('task')), { mark: '' })).toEqual([
      { type: 'root', name: 'r', children: [h('item', null, '')] },
    ])
  })

  test('refuses a second rule for a tag, and reaches 100,000 levels down', () => {
    expect(() => registry.register('task', () => null)).toThrow(UjsxError)
    let tree: UElement = h('task')
    for (let level = 0; level < 100_000; level += 1)
      tree = { type: 'a', props: {}, children: [tree] }
    let [at] = registry.apply(tree, { mark: 'm' }) as UElement[]
    for (let level = 0; level < 100_000; level += 1) at = at?.children[0] as UElement
    expect(at?.type).toBe('item')
  })
})

test('a render context has a density, a direction and values by identity', () => {
  const theme = new Context('theme', 'light')
  const context = new RenderContext({ density: Density.COMPACT }).with(theme, 'dark')
  expect(context.get(theme)).toBe('dark')
  expect(context.get(new Context('theme', 'plain'))).toBe('plain')
  expect([context.density, context.direction]).toEqual(['compact', Direction.LTR])
})

test('events of an emitter are forwarded as envelopes until the end', () => {
  const source = new EventEmitter()
  const seen: unknown[] = []
  const stop = proxyEventEmitter(source, ['a', 'b'], 'id', (event) => seen.push(event))
  source.emit('a', 1)
  source.emit('c', 2)
  stop()
  source.emit('b', 3)
  expect(seen).toEqual([{ type: 'a', id: 'id', payload: 1 }])
})

test('the text host writes Markdown', () => {
  const text = renderText([
    h('heading', { level: 3 }, 'Title'),
    h('paragraph', null, 'one ', 2),
    h(
      'list',
      null,
      h('item', null, 'a', h('list', { ordered: true }, h('item', null, 'b'))),
      h('item', null, 'c'),
    ),
    h('code', { language: 'ts' }, 'let x'),
    h('line', null, 'end'),
  ])
  expect(text).toBe('### Title\n\none 2\n\n- a\n  1. b\n- c\n\n```ts\nlet x\n```\n\nend')
})
