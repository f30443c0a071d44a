import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

interface PageProps {
  readonly title: string
  /** The views above this one: name and address. */
  readonly above?: readonly (readonly [name: string, href: string])[]
  readonly note?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

/** A view: where it is, what can be done, and its content. */
export function PageFrame({ title, above = [], note, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · alkdev hub`
  }, [title])
  return (
    <>
      <header class="page">
        <div>
          {above.length > 0 && (
            <nav class="crumbs" aria-label="Above this view">
              {above.map(([name, href]) => (
                <a key={href} href={href}>
                  {name}
                </a>
              ))}
            </nav>
          )}
          <h1 dir="auto">{title}</h1>
          {note && <p class="dim">{note}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  )
}

/** A titled part of a view. */
export function Section({
  title,
  actions,
  children,
}: {
  readonly title: string
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}) {
  return (
    <section class="part">
      <header>
        <h2>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  )
}

/** Names and values in two columns. Values that are undefined are left out. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ComponentChildren])[]
}) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
    </dl>
  )
}
