import { blocksOf, spansOf } from './markdown-blocks.ts'
import type { Block } from './markdown-blocks.ts'

/** A text without any of these is shown as it is. */
const MARKS = /[`*#>|]|^ *(?:[-+]|\d{1,9}[.)]) /m

/** A text in Markdown: headings, lists, code, quotations and emphasis. All else is text, also what would be HTML or a link. */
export function Markdown({ text }: { readonly text: string }) {
  if (!MARKS.test(text))
    return (
      <p class="said" dir="auto">
        {text}
      </p>
    )
  return (
    <div class="markdown">
      {blocksOf(text).map((block, at) => (
        <Part key={at} block={block} />
      ))}
    </div>
  )
}

function Part({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'heading':
      return (
        <p class="said heading" dir="auto">
          <Spans text={block.text} />
        </p>
      )
    case 'code':
      return (
        <pre tabIndex={0} role="region" aria-label="Code">
          {block.text}
        </pre>
      )
    case 'quote':
      return (
        <blockquote class="said" dir="auto">
          <Spans text={block.text} />
        </blockquote>
      )
    case 'list':
      return (
        <ul>
          {block.items.map(({ depth, mark, text }, at) => (
            <li key={at} class="said" dir="auto" style={{ marginInlineStart: `${depth * 18}px` }}>
              <span class="dim">{mark}</span> <Spans text={text} />
            </li>
          ))}
        </ul>
      )
    case 'text':
      return (
        <p class="said" dir="auto">
          <Spans text={block.text} />
        </p>
      )
  }
  return block satisfies never
}

function Spans({ text }: { readonly text: string }) {
  return (
    <>
      {spansOf(text).map(({ kind, text: said }, at) =>
        kind === 'code' ? (
          <code key={at}>{said}</code>
        ) : kind === 'strong' ? (
          <strong key={at}>{said}</strong>
        ) : (
          said
        ),
      )}
    </>
  )
}
