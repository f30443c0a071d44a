import { createHostRoot } from './host-root.ts'
import { UjsxError } from './errors.ts'
import type { HostConfig } from './host-config.ts'
import type { UChild, UniversalProps } from './schema.ts'

/** Tags of the text host. `line` and the text inside of it stand on one line; the others are blocks. */
export type TextTag = 'heading' | 'paragraph' | 'line' | 'list' | 'item' | 'code' | 'section'

export interface TextInstance {
  readonly tag: TextTag | 'text'
  props: UniversalProps
  readonly text: string
  readonly children: TextInstance[]
}

export interface TextContext {
  readonly children: TextInstance[]
}

const TAGS: ReadonlySet<string> = new Set([
  'heading',
  'paragraph',
  'line',
  'list',
  'item',
  'code',
  'section',
])

/** Renders to plain text that is also Markdown: for terminals, prompts and messages. */
export const TextHostConfig: HostConfig<TextTag, TextInstance, TextContext> = {
  name: 'text',
  createRootContext: () => ({ children: [] }),
  createInstance(tag, props) {
    if (!TAGS.has(tag)) throw new UjsxError(`The text host does not know the tag "${tag}"`)
    return { tag, props, text: '', children: [] }
  },
  createTextInstance: (text) => ({ tag: 'text', props: {}, text, children: [] }),
  appendChild(parent, child, ctx) {
    ;(parent ?? ctx).children.push(child)
  },
  insertBefore(parent, child, before, ctx) {
    const { children } = parent ?? ctx
    children.splice(children.indexOf(before), 0, child)
  },
  removeChild(parent, child, ctx) {
    const { children } = parent ?? ctx
    children.splice(children.indexOf(child), 1)
  },
  prepareUpdate: (_instance, _tag, _previous, next) => next,
  commitUpdate(instance, payload) {
    instance.props = payload as UniversalProps
  },
}

/** Levels of blocks inside blocks that are written out. */
const MAX_DEPTH = 200

function inline(instance: TextInstance, depth: number): string {
  if (depth > MAX_DEPTH) return '...'
  if (instance.tag === 'text') return instance.text
  return instance.children.map((child) => inline(child, depth + 1)).join('')
}

function indent(lines: readonly string[], first: string, others: string): string[] {
  return lines.map((line, at) => (at === 0 ? first + line : line === '' ? '' : others + line))
}

function linesOf(instance: TextInstance, depth: number): string[] {
  if (depth > MAX_DEPTH) return ['...']
  switch (instance.tag) {
    case 'heading': {
      const level = Number(instance.props['level'] ?? 1)
      return [`${'#'.repeat(Math.min(6, Math.max(1, level)))} ${inline(instance, depth)}`, '']
    }
    case 'paragraph':
      return [inline(instance, depth), '']
    case 'line':
    case 'text':
      return [inline(instance, depth)]
    case 'code': {
      const { language = '' } = instance.props as { language?: string }
      return [`\`\`\`${language}`, inline(instance, depth), '```', '']
    }
    case 'list': {
      const ordered = instance.props['ordered'] === true
      const items = instance.children.flatMap((child, at) => {
        const bullet = ordered ? `${at + 1}. ` : '- '
        return indent(linesOf(child, depth + 1), bullet, ' '.repeat(bullet.length))
      })
      return depth === 0 ? [...items, ''] : items
    }
    case 'item':
    case 'section':
      return blocks(instance.children, depth + 1)
    default:
      return instance.tag satisfies never
  }
}

/** Runs of text share a line, blocks have their own. */
function blocks(children: readonly TextInstance[], depth: number): string[] {
  const lines: string[] = []
  let open = false
  for (const child of children) {
    const text = child.tag === 'text'
    if (text && open) lines.push((lines.pop() ?? '') + child.text)
    else lines.push(...linesOf(child, depth))
    open = text
  }
  return lines
}

/** The text of a rendered tree, without blank lines at its end. */
export function textOf(ctx: TextContext): string {
  return blocks(ctx.children, 0).join('\n').trimEnd()
}

/** Renders a tree to text once. Throws UjsxError for tags that the text host does not know. */
export function renderText(node: UChild): string {
  const root = createHostRoot(TextHostConfig)
  const text = textOf(root.render(node).ctx)
  root.unmount()
  return text
}
