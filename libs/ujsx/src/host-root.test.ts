import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  batch,
  createHostRoot,
  createPubSubEmitter,
  DuplicateKeyError,
  effect,
  h,
  reactiveComponent,
  reactiveElement,
  ReactiveRoot,
  RenderContext,
  renderText,
  signal,
  TextHostConfig,
  textOf,
  UjsxError,
} from './index.ts'
import type { HostConfig, UChild, UElement } from './index.ts'

interface Box {
  readonly tag: string
  props: Readonly<Record<string, unknown>>
  readonly children: Box[]
}

interface Recorder {
  readonly top: Box
  readonly log: string[]
}

function recorder(
  without: readonly ('insertBefore' | 'prepareUpdate' | 'removeChild')[] = [],
): HostConfig<string, Box, Recorder> {
  const listOf = (parent: Box | null, ctx: Recorder): Box[] => (parent ?? ctx.top).children
  const config: HostConfig<string, Box, Recorder> = {
    name: 'recorder',
    createRootContext: () => ({ top: { tag: 'top', props: {}, children: [] }, log: [] }),
    createInstance(tag, props, ctx, parent) {
      ctx.log.push(`create ${tag}${parent === null ? '' : ` in ${parent.tag}`}`)
      return { tag, props, children: [] }
    },
    createTextInstance: (text) => ({ tag: `"${text}"`, props: {}, children: [] }),
    finalizeInstance(instance, tag, _props, ctx) {
      ctx.log.push(`finalize ${tag} with ${instance.children.length}`)
    },
    appendChild(parent, child, ctx) {
      ctx.log.push(`append ${child.tag}`)
      listOf(parent, ctx).push(child)
    },
    insertBefore(parent, child, before, ctx) {
      ctx.log.push(`insert ${child.tag}`)
      const list = listOf(parent, ctx)
      expect(list).toContain(before)
      list.splice(list.indexOf(before), 0, child)
    },
    removeChild(parent, child, ctx) {
      ctx.log.push(`remove ${child.tag}`)
      const list = listOf(parent, ctx)
      expect(list).toContain(child)
      list.splice(list.indexOf(child), 1)
    },
    prepareUpdate: (_instance, _tag, previous, next) => ({ previous, next }),
    commitUpdate(instance, payload, tag, ctx) {
      ctx.log.push(`update ${tag}`)
      instance.props = (payload as { next: Box['props'] }).next
    },
  }
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => !without.includes(name as never)),
  ) as typeof config
}

function shapeOf(box: Box): unknown {
  const key = box.props['id'] === undefined ? '' : `#${box.props['id'] as string}`
  return box.children.length === 0 ? box.tag + key : [box.tag + key, ...box.children.map(shapeOf)]
}

describe('mounting', () => {
  test('creates from the outside in and completes from the inside out', () => {
    const { ctx } = createHostRoot(recorder()).render(h('a', null, h('b', null, 'x'), h('c')))
    expect(ctx.log).toEqual([
      'create a',
      'create b in a',
      'append "x"',
      'finalize b with 1',
      'append b',
      'create c in a',
      'finalize c with 0',
      'append c',
      'finalize a with 2',
      'append a',
    ])
  })

  test('tells the host the key of an element', () => {
    const keys: unknown[] = []
    const host: HostConfig<string, Box, Recorder> = {
      ...recorder(),
      createInstance(tag, props, _ctx, _parent, key) {
        keys.push(key)
        return { tag, props, children: [] }
      },
    }
    createHostRoot(host).render([h('a', { key: 'k' }), h('b')])
    expect(keys).toEqual(['k', undefined])
  })

  test('hands container, options and context to the host', () => {
    const given: unknown[] = []
    const context = new RenderContext({ density: 'compact' })
    const host = {
      ...recorder(),
      createRootContext: (...args: unknown[]) => given.push(...args) as never,
    }
    createHostRoot(host, 'container', { some: 'option' }, context)
    expect(given).toEqual(['container', { some: 'option' }, context])
  })

  test('a tree of 100,000 levels mounts, updates and unmounts', () => {
    const tower = (id: number): UElement => {
      let tree = h('leaf', { id })
      for (let level = 0; level < 100_000; level += 1)
        tree = { type: 'a', props: {}, children: [tree] }
      return tree
    }
    const root = createHostRoot(recorder())
    root.render(tower(1)).render(tower(2))
    expect(root.ctx.log.filter((line) => line.startsWith('update'))).toEqual(['update leaf'])
    root.unmount()
    expect(root.ctx.top.children).toEqual([])
  })

  test('a host that meets an unknown tag says so', () => {
    expect(() => renderText(h('marquee'))).toThrow('does not know the tag "marquee"')
  })
})

describe('rendering again', () => {
  const items = (...ids: readonly string[]): UElement =>
    h('list', null, ...ids.map((id) => h('item', { key: id, id })))

  test('the same tree changes nothing', () => {
    const root = createHostRoot(recorder()).render(items('a', 'b'))
    root.ctx.log.length = 0
    root.render(items('a', 'b'))
    expect(root.ctx.log).toEqual([])
  })

  test('keys keep instances through insertion, removal and a new order', () => {
    const root = createHostRoot(recorder()).render(items('a', 'b', 'c'))
    const boxes = (): readonly (Box | undefined)[] => root.ctx.top.children[0]?.children ?? []
    const [a, b, c] = boxes()
    root.ctx.log.length = 0
    root.render(items('c', 'x', 'a'))
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['list', 'item#c', 'item#x', 'item#a']])
    expect(boxes()[0]).toBe(c)
    expect(boxes()[2]).toBe(a)
    expect(boxes()).not.toContain(b)
    expect(root.ctx.log.filter((line) => line.startsWith('create'))).toHaveLength(1)
  })

  test('without keys elements continue those of the same type in order', () => {
    const root = createHostRoot(recorder()).render(
      h('a', null, h('x', { id: 1 }), h('y', { id: 2 }), h('x', { id: 3 })),
    )
    const [first] = root.ctx.top.children[0]?.children ?? []
    root.render(h('a', null, h('y', { id: 2 }), h('x', { id: 9 })))
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['a', 'y#2', 'x#9']])
    expect(root.ctx.top.children[0]?.children[1]).toBe(first)
  })

  test('another type under the same key is another element', () => {
    const root = createHostRoot(recorder())
      .render(h('a', { key: 'k' }))
      .render(h('b', { key: 'k' }))
    expect(shapeOf(root.ctx.top)).toEqual(['top', 'b'])
  })

  test('a key twice among siblings is refused, at the first render and later', () => {
    const root = createHostRoot(recorder())
    expect(() => root.render(items('a', 'a'))).toThrow(DuplicateKeyError)
    const other = createHostRoot(recorder()).render(items('a'))
    expect(() => other.render(items('b', 'b'))).toThrow('the key "b"')
  })

  test('a host that cannot update gets a new instance, one that cannot insert gets appends', () => {
    const root = createHostRoot(recorder(['prepareUpdate', 'insertBefore'])).render(items('a', 'b'))
    root.render(
      h(
        'list',
        null,
        h('item', { key: 'x', id: 'x' }),
        h('item', { key: 'a', id: 'changed' }),
        h('item', { key: 'b', id: 'b' }),
      ),
    )
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['list', 'item#x', 'item#changed', 'item#b']])
  })

  test('a host that cannot remove cannot be rendered twice', () => {
    const root = createHostRoot(recorder(['removeChild'])).render(h('a'))
    expect(() => root.render(h('b'))).toThrow(UjsxError)
    root.unmount()
  })

  test('after any sequence of trees the host holds exactly the last one', () => {
    const { tree } = fc.letrec<{ tree: UElement }>((tie) => ({
      tree: fc
        .tuple(
          fc.constantFrom('a', 'b', 'fragment'),
          fc.option(fc.constantFrom('k', 'l', 'm'), { nil: undefined }),
          fc.uniqueArray(fc.oneof({ maxDepth: 3 }, fc.constantFrom('x', 'y', 'z'), tie('tree')), {
            maxLength: 5,
            selector: (child) => (typeof child === 'object' ? (child.key ?? child) : {}),
          }),
        )
        .map(([type, key, children]) =>
          h(type, { id: key, ...(key === undefined ? {} : { key }) }, ...(children as UChild[])),
        ),
    }))
    // Flattened fragments may bring a key a second time: such a tree is refused and is no part of the sequence.
    const mounts = (node: UElement): boolean => {
      try {
        createHostRoot(recorder()).render(node)
        return true
      } catch (error) {
        if (error instanceof DuplicateKeyError) return false
        throw error
      }
    }
    fc.assert(
      fc.property(
        fc.array(tree.filter(mounts), { minLength: 2, maxLength: 4 }),
        fc.subarray(['insertBefore' as const, 'prepareUpdate' as const]),
        (trees, without) => {
          const root = createHostRoot(recorder(without))
          for (const each of trees) {
            root.render(each)
            const fresh = createHostRoot(recorder()).render(each)
            expect(shapeOf(root.ctx.top)).toEqual(shapeOf(fresh.ctx.top))
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('signals', () => {
  test('a prop that is a signal is read, and updates its instance alone', () => {
    const id = signal('one')
    const root = createHostRoot(recorder()).render(h('a', null, h('b', { id }), h('c')))
    root.ctx.log.length = 0
    id.value = 'two'
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['a', 'b#two', 'c']])
    expect(root.ctx.log).toEqual(['update b'])
  })

  test('a host that asks for them gets the signals themselves', () => {
    const id = signal('one')
    const root = createHostRoot({ ...recorder(), signals: 'pass' }).render(h('a', { id }))
    expect(root.ctx.top.children[0]?.props['id']).toBe(id)
  })

  test('a child that is a signal may be text, elements or nothing', () => {
    const child = signal<UChild>('x')
    const root = createHostRoot(recorder()).render(h('a', null, 'before', child, 'after'))
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['a', '"before"', '"x"', '"after"']])
    child.value = [h('b'), h('c')]
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['a', '"before"', 'b', 'c', '"after"']])
    child.value = null
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['a', '"before"', '"after"']])
  })

  test('a deferred component is called again when a signal that it read changes', () => {
    const names = signal(['a', 'b'])
    let calls = 0
    const Names = reactiveComponent<{ readonly prefix: string }>('Names', (props) => {
      calls += 1
      return names.value.map((name) => h('item', { key: name, id: props.prefix + name }))
    })
    const root = createHostRoot(recorder()).render(
      h('list', null, h(Names, { prefix: '-' }), h('end')),
    )
    names.value = ['b', 'c']
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['list', 'item#-b', 'item#-c', 'end']])
    expect(calls).toBe(2)
    root.render(h('list', null, h(Names, { prefix: '+' }), h('end')))
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['list', 'item#+b', 'item#+c', 'end']])
  })

  test('reactiveElement computes its props', () => {
    const n = signal(1)
    const root = createHostRoot(recorder()).render(
      reactiveElement('a', () => ({ id: n.value * 2 }), 'x'),
    )
    n.value = 4
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['a#8', '"x"']])
  })

  test('after unmount signals are not followed any more', () => {
    const id = signal('one')
    const child = signal<UChild>('x')
    const root = createHostRoot(recorder()).render(h('a', { id }, child))
    root.unmount()
    root.ctx.log.length = 0
    batch(() => {
      id.value = 'two'
      child.value = 'y'
    })
    expect(root.ctx.log).toEqual([])
    root.render(h('a', { id }, child))
    expect(shapeOf(root.ctx.top)).toEqual(['top', ['a#two', '"y"']])
  })

  test('rendering inside an effect does not make it depend on what was rendered', () => {
    const id = signal(1)
    let runs = 0
    const stop = effect(() => {
      runs += 1
      createHostRoot(recorder()).render(h('a', { id }))
    })
    id.value = 2
    expect(runs).toBe(1)
    stop()
  })
})

describe('ReactiveRoot', () => {
  test('updates every host and subscriber until it is disposed', () => {
    const tree = new ReactiveRoot(h('paragraph', null, 'one'))
    const host = tree.render(TextHostConfig)
    const seen: UChild[] = []
    const stop = tree.subscribe((node) => void seen.push(node))
    tree.update((present) => [present, h('paragraph', null, 'two')])
    expect(textOf(host.ctx)).toBe('one\n\ntwo')
    stop()
    tree.update('three')
    expect(textOf(host.ctx)).toBe('three')
    expect(seen).toHaveLength(2)
    tree.dispose()
    tree.update('four')
    expect(textOf(host.ctx)).toBe('')
  })
})

test('a host that emits tells what each render did', () => {
  const published: unknown[] = []
  const emit = createPubSubEmitter({ publish: (...args) => published.push(args) })
  const root = createHostRoot({ ...recorder(), emit }).render(h('a', { id: 1 }))
  root.render(h('a', { id: 2 }))
  root.unmount()
  expect(published).toEqual([
    ['ujsx.rendered', 'recorder', { created: 1, updated: 0, moved: 0, removed: 0 }],
    ['ujsx.rendered', 'recorder', { created: 0, updated: 1, moved: 0, removed: 0 }],
    ['ujsx.unmounted', 'recorder', { removed: 1 }],
  ])
})
